// Passes requests on to a host and adds its key, which the conformance suites have no way to send.
//   node with-key.mjs <host url> <key>      prints where it listens
import { createServer, request } from 'node:http';

const [url, key] = process.argv.slice(2);
const { hostname, port } = new URL(url);

const server = createServer((incoming, answer) => {
  const headers = { ...incoming.headers, authorization: `Bearer ${key}` };
  const outgoing = request({ hostname, port, path: incoming.url, method: incoming.method, headers, setHost: false }, response => {
    answer.writeHead(response.statusCode, response.headers);
    answer.flushHeaders();
    response.pipe(answer);
    response.on('error', () => answer.destroy());
  });
  outgoing.on('error', () => answer.destroy());
  answer.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
});

server.listen(0, '127.0.0.1', () => console.log(`ready at http://127.0.0.1:${server.address().port}/mcp .`));
