import type { NextConfig } from "next";

const config: NextConfig = {
  // The preview reaches the server under a host name of its own.
  allowedDevOrigins: ["*.localhost"],
};

export default config;
