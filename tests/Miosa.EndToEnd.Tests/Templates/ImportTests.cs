using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Templates;

public sealed class ImportTests(SharedHost host)
{
    /// <summary>Makes archives in the sandbox that imports them: `root()` is a small system with a shell, `tar(…)` a tar of made-up entries.</summary>
    private const string Maker = """
        import gzip, hashlib, io, json, os, subprocess, sys, tarfile
        sys.path.insert(0, "/tmp")

        def add(tar, name, data=b"", **fields):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            for key, value in fields.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(data))

        def tar(*entries):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as file:
                for name, data, fields in entries:
                    add(file, name, data, **fields)
            return out.getvalue()

        def programs():
            files = ["/bin/dash", "/bin/cat", "/bin/ls"]
            for program in list(files):
                files += [word for word in subprocess.run(["ldd", program], capture_output=True, text=True).stdout.split() if word.startswith("/")]
            entries = [(name.lstrip("/"), open(name, "rb").read(), {"mode": 0o755}) for name in dict.fromkeys(files)]
            return entries + [("bin/sh", b"", {"type": tarfile.SYMTYPE, "linkname": "dash"})]

        def oci(path, layers, compress=gzip.compress, config=None, spoil=False, machine="amd64" if os.uname().machine == "x86_64" else "arm64"):
            blobs = {}
            def blob(data):
                digest = hashlib.sha256(data).hexdigest()
                blobs[digest] = data
                return {"digest": "sha256:" + digest, "size": len(data), "mediaType": "application/octet-stream"}
            described = [blob(compress(layer)) for layer in layers]
            manifest = blob(json.dumps({"schemaVersion": 2, "config": blob(json.dumps({"config": config or {}}).encode()), "layers": described}).encode())
            index = {"schemaVersion": 2, "manifests": [dict(manifest, platform={"os": "linux", "architecture": machine})]}
            if spoil:
                digest = described[-1]["digest"].split(":")[1]
                blobs[digest] = blobs[digest][:-1] + b"x"
            with open(path, "wb") as file:
                file.write(tar(("oci-layout", b'{"imageLayoutVersion":"1.0.0"}', {}), ("index.json", json.dumps(index).encode(), {}),
                               *[("blobs/sha256/" + digest, data, {}) for digest, data in blobs.items()]))
        """;

    [Fact]
    public async Task A_tar_of_a_root_file_system_becomes_a_template()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await using var source = await host.SandboxAsync();
        var name = world.Name("rootfs");
        await MakeAsync(source, """
            with open("/workspace/root.tar.gz", "wb") as file:
                file.write(gzip.compress(tar(*programs(), ("srv/mine", b"mine", {"uid": 1234, "gid": 1234}), ("dev/sda", b"", {"type": tarfile.BLKTYPE}),
                    ("etc/passwd", b"root:x:0:0::/root:/bin/sh\nother:x:1000:1000::/:/bin/sh\n", {}), ("usr/bin/suid", b"x", {"mode": 0o4755}))))
            """);

        var imported = await world.BuiltAsync("sandbox_template_import", new { name, sandbox_id = source.Id, path = "/workspace/root.tar.gz" });
        await using var sandbox = await world.SandboxAsync(name);

        Assert.Equal("mine", await sandbox.ShellAsync("cat /srv/mine"));
        Assert.Equal("1234 755 4755", await sandbox.ShellAsync("set -- $(ls -ln /srv/mine); printf '%s ' $3; ls -ld /bin/dash /usr/bin/suid >/tmp/modes; read a _ </tmp/modes; test \"$a\" = -rwxr-xr-x && printf '755 '; while read a _; do case $a in -rws*) printf 4755;; esac; done </tmp/modes"));
        Assert.Equal("agent", await sandbox.ShellAsync("cat /etc/passwd | while IFS=: read -r name rest; do test $name = agent && echo $name; done; true"));
        Assert.Equal("", await sandbox.ShellAsync("ls /usr/bin/python3 /.import 2>/dev/null || true"));
        Assert.Contains("bash", imported["notes"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip.compress")]
    [InlineData("lambda data: data")]
    [InlineData("lambda data: __import__('lzma').compress(data)")]
    [InlineData("zstd")]
    public async Task An_image_is_imported_with_what_its_layers_took_away(string compress)
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await using var source = await host.SandboxAsync();
        var name = world.Name("image");
        await MakeAsync(source, $$$"""
            import ctypes
            def zstd(data):
                lib = ctypes.CDLL("libzstd.so.1")
                lib.ZSTD_compress.restype = lib.ZSTD_compressBound.restype = ctypes.c_size_t
                out = ctypes.create_string_buffer(lib.ZSTD_compressBound(ctypes.c_size_t(len(data))))
                size = lib.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 3)
                return out.raw[:size]
            low = tar(*programs(), ("a/removed", b"1", {}), ("a/kept", b"1", {}), ("b/one", b"1", {}), ("b/two", b"1", {}), ("c/file", b"old", {}), ("d/x", b"1", {}))
            high = tar(("a/.wh.removed", b"", {}), ("b/three", b"3", {}), ("b/.wh..wh..opq", b"", {}), ("c/file", b"new", {}), (".wh.d", b"", {}),
                       ("e/link", b"", {"type": tarfile.SYMTYPE, "linkname": "/c/file"}), ("e/hard", b"", {"type": tarfile.LNKTYPE, "linkname": "c/file"}))
            oci("/workspace/image.tar", [low, high], {{{compress}}}, config={"ExposedPorts": {"8080/tcp": {}}, "Cmd": ["/bin/serve"], "Env": ["PATH=/bin", "MODE=x"]})
            """);

        var imported = await world.BuiltAsync("sandbox_template_import", new { name, sandbox_id = source.Id, path = "/workspace/image.tar" });
        await using var sandbox = await world.SandboxAsync(name);

        Assert.Equal("/a/kept /b/three /c/file /e/hard /e/link", await sandbox.ShellAsync("echo /a/* /b/* /c/* /e/*"));
        Assert.Equal("newnewnew", await sandbox.ShellAsync("cat /c/file /e/hard /e/link; ls /d 2>/dev/null || true"));
        Assert.Equal(8080, (int)Assert.Single(imported["ports"]!.AsArray())!);
        Assert.Contains("/bin/serve", imported["notes"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_without_a_shell_starts_and_says_what_does_not_work()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await using var source = await host.SandboxAsync();
        var name = world.Name("bare");
        await MakeAsync(source, """oci("/workspace/image.tar", [tar(*[entry for entry in programs() if entry[0] not in ("bin/sh", "bin/dash")])])""");

        var imported = await world.BuiltAsync("sandbox_template_import", new { name, sandbox_id = source.Id, path = "/workspace/image.tar" });
        await using var sandbox = await world.SandboxAsync(name);
        var ran = await sandbox.CallAsync("sandbox_exec", new { argv = new[] { "/bin/cat", "/etc/passwd" } });

        Assert.Contains("a shell does not run in it", imported["notes"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("agent:x:1000", (string)ran["stdout"]!, StringComparison.Ordinal);
    }

    /// <summary>Each would write `/etc/owned` of whoever unpacks it, or of this machine, where it is not confined.</summary>
    [Theory]
    [InlineData("""("a", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc"}), ("a/owned", b"x", {})""")]
    [InlineData("""("a", b"", {"type": tarfile.SYMTYPE, "linkname": "../../../../../etc"}), ("a/owned", b"x", {})""")]
    [InlineData("""("/etc/owned", b"x", {})""")]
    [InlineData("""("a", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/owned"}), ("a", b"x", {})""")]
    [InlineData("""("a", b"", {"type": tarfile.LNKTYPE, "linkname": "/etc/hostname"}), ("b", b"", {"type": tarfile.LNKTYPE, "linkname": "etc/shadow"})""")]
    [InlineData("""("a", b"", {"type": tarfile.SYMTYPE, "linkname": "/.import"}), ("a/owned", b"x", {}), ("proc/sysrq-trigger", b"b", {}), ("run/miosa/door", b"x", {})""")]
    public async Task What_an_archive_aims_at_outside_lands_inside(string entries)
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await using var source = await host.SandboxAsync();
        var name = world.Name("aimed");
        await MakeAsync(source, $"""
            with open("/workspace/root.tar", "wb") as file:
                file.write(tar(*programs(), {entries}))
            """);

        await world.BuiltAsync("sandbox_template_import", new { name, sandbox_id = source.Id, path = "/workspace/root.tar" });
        await using var sandbox = await world.SandboxAsync(name);

        Assert.False(File.Exists("/etc/owned"), "It wrote on this machine.");
        Assert.Equal("", await sandbox.ShellAsync("cat /etc/shadow /b 2>/dev/null || true"));
        Assert.Equal("here", await sandbox.ShellAsync("echo here"));
    }

    [Theory]
    [InlineData("""("../../etc/owned", b"x", {})""", "a path with `..`")]
    [InlineData("""("a/../../../etc/owned", b"x", {})""", "a path with `..`")]
    [InlineData("""("a", b"", {"type": tarfile.LNKTYPE, "linkname": "../../etc/passwd"})""", "a path with `..`")]
    public async Task An_archive_that_climbs_is_refused(string entries, string told)
    {
        var failed = await FailAsync($"""open("/workspace/bad", "wb").write(tar({entries}))""");

        Assert.Contains(told, (string)failed["reason"]!, StringComparison.Ordinal);
        Assert.False(File.Exists("/etc/owned"), "It wrote on this machine.");
    }

    [Theory]
    [InlineData("""open("/workspace/bad", "wb").write(b"no archive at all" * 100)""", "it is no tar")]
    [InlineData("""open("/workspace/bad", "wb")""", "it is")]
    [InlineData("""open("/workspace/bad", "wb").write(gzip.compress(os.urandom(100_000))[:5_000])""", "could not be unpacked")]
    [InlineData("""oci("/workspace/bad", [tar(("a", b"x", {}))], spoil=True)""", "is not what its digest says")]
    [InlineData("""oci("/workspace/bad", [tar(("a", b"x", {}))], machine="s390x")""", "it is for s390x")]
    [InlineData("""open("/workspace/bad", "wb").write(tar(("oci-layout", b"{}", {}), ("index.json", b"[[[", {})))""", "could not be unpacked")]
    [InlineData("""open("/workspace/bad", "wb").write(tar(("manifest.json", b'[{"Config":"c","Layers":["../../etc/passwd"]}]', {})))""", "which is not in it")]
    public async Task An_archive_that_is_none_is_refused_with_what_is_wrong(string make, string told)
    {
        var failed = await FailAsync(make);

        Assert.Contains(told, (string)failed["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_leads_nowhere_is_this_calls_answer()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await using var source = await host.SandboxAsync();

        foreach (var path in (string[])["/workspace/absent.tar", "/etc/shadow", "/workspace", "relative"])
            Assert.Equal("INVALID_INPUT", (string)(await world.Client.RefusedAsync("sandbox_template_import", new { name = world.Name("nowhere"), sandbox_id = source.Id, path }))["code"]!);
    }

    private async Task<JsonObject> FailAsync(string make)
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await using var source = await host.SandboxAsync();
        await MakeAsync(source, make);
        var failed = await world.EndedAsync(await world.Client.CallAsync("sandbox_template_import", new { name = world.Name("bad"), sandbox_id = source.Id, path = "/workspace/bad" }));
        Assert.Equal("failed", (string)failed["state"]!);
        return failed;
    }

    private static async Task MakeAsync(SandboxClient sandbox, string script)
    {
        var made = await sandbox.CallAsync("sandbox_python", new { code = Maker + "\n" + script });
        Assert.True((int?)made["exit_code"] is 0, made.ToJsonString());
    }
}
