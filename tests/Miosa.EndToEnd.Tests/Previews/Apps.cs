namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>Servers that tests run in sandboxes.</summary>
internal static class Apps
{
    /// <summary>Shows what it gets, and answers in every way that HTTP/1.1 has. `node app.js PORT`.</summary>
    public const string Echo =
        """
        const http = require('http'), crypto = require('crypto');
        const port = Number(process.argv[2]);
        const events = new Set(), sums = new Map();
        let reading = 0;
        const server = http.createServer(async (request, response) => {
          const url = new URL('http://app' + request.url);
          switch (url.pathname) {
            case '/page':
              response.setHeader('Content-Type', 'text/html');
              return response.end(`<!doctype html><title>app</title><h1>from ${port}</h1><script>
                const socket = new WebSocket('ws://' + location.host + '/socket');
                socket.onopen = () => socket.send('hot');
                socket.onmessage = event => document.title = 'heard ' + event.data;
              </script>`);
            case '/events':
              response.setHeader('Content-Type', 'text/event-stream');
              response.flushHeaders();
              events.add(response);
              return request.on('close', () => events.delete(response));
            case '/say':
              for (const each of events) each.write(`data: ${url.searchParams.get('text')}\n\n`);
              return response.end(String(events.size));
            case '/big': {
              const bytes = Number(url.searchParams.get('bytes')), zeros = Buffer.alloc(65536, 'x');
              const noise = url.searchParams.has('noise') ? crypto.createCipheriv('aes-128-ctr', Buffer.alloc(16, url.searchParams.get('noise')), Buffer.alloc(16)) : null;
              const hash = crypto.createHash('sha256');
              if (url.searchParams.has('length')) response.setHeader('Content-Length', bytes);
              reading++;
              response.on('close', () => reading--);
              for (let sent = 0; sent < bytes && !response.destroyed; sent += zeros.length) {
                const whole = noise ? noise.update(zeros) : zeros, chunk = bytes - sent < whole.length ? whole.subarray(0, bytes - sent) : whole;
                if (noise) hash.update(chunk);
                if (!response.write(chunk)) await new Promise(go => { response.once('drain', go); response.once('close', go); });
              }
              if (noise) sums.set(url.searchParams.get('noise'), hash.digest('hex'));
              return response.end();
            }
            case '/sum':
              return response.end(sums.get(url.searchParams.get('noise')) ?? '');
            case '/reading':
              return response.end(String(reading));
            case '/hash': {
              const hash = crypto.createHash('sha256');
              let bytes = 0;
              for await (const chunk of request) { hash.update(chunk); bytes += chunk.length; }
              return response.end(JSON.stringify({ bytes, sha256: hash.digest('hex') }));
            }
            case '/mirror':
              for await (const chunk of request) response.write(chunk);
              return response.end();
            case '/trailers':
              response.setHeader('Trailer', 'X-Sum');
              response.write('body');
              response.addTrailers({ 'X-Sum': '42' });
              return response.end();
            case '/cookies':
              response.setHeader('Set-Cookie', ['mine=1; Path=/; Domain=localhost', 'miosa_preview=stolen; Path=/', '__Host-miosa_preview=stolen; Path=/; Secure', '=miosa_preview=stolen']);
              response.setHeader('Clear-Site-Data', '"cookies"');
              response.setHeader('Alt-Svc', 'h2="evil.example:443"');
              response.setHeader('NEL', '{"report_to":"me","max_age":9,"success_fraction":1}');
              response.setHeader('Report-To', '{"group":"me","max_age":9,"endpoints":[{"url":"https://evil.example/"}]}');
              return response.end();
            case '/early':
              response.writeEarlyHints({ link: '</style.css>; rel=preload' });
              return response.end('late');
            case '/never':
              return;
            default: {
              let body = '';
              for await (const chunk of request) body += chunk;
              response.statusCode = Number(url.searchParams.get('status') ?? 200);
              response.setHeader('Content-Type', 'application/json');
              return response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, raw: request.rawHeaders, body, port }));
            }
          }
        });
        // Small WebSocket messages, echoed; `who` is answered with the request's headers, `bye` by closing.
        server.on('upgrade', (request, socket) => {
          const accept = crypto.createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
          const offered = request.headers['sec-websocket-protocol'];
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' + (offered ? `Sec-WebSocket-Protocol: ${offered.split(',')[0].trim()}\r\n` : '') + `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
          let buffer = Buffer.alloc(0);
          const send = (opcode, data) => socket.write(Buffer.concat([data.length < 126 ? Buffer.from([0x80 | opcode, data.length]) : Buffer.from([0x80 | opcode, 126, data.length >> 8, data.length & 255]), data]));
          socket.on('error', () => {});
          socket.on('data', data => {
            buffer = Buffer.concat([buffer, data]);
            while (buffer.length >= 2) {
              let length = buffer[1] & 127, at = 2;
              if (length === 126) { if (buffer.length < 4) return; length = buffer.readUInt16BE(2); at = 4; }
              if (buffer.length < at + 4 + length) return;
              const mask = buffer.subarray(at, at + 4), text = Buffer.from(buffer.subarray(at + 4, at + 4 + length));
              for (let i = 0; i < text.length; i++) text[i] ^= mask[i % 4];
              const opcode = buffer[0] & 15;
              buffer = buffer.subarray(at + 4 + length);
              if (opcode === 8) { send(8, text); return socket.end(); }
              if (text.toString() === 'who') send(1, Buffer.from(JSON.stringify(request.headers)));
              else if (text.toString() === 'bye') { send(8, Buffer.from([3, 232])); socket.end(); }
              else send(opcode, text);
            }
          });
        });
        server.keepAliveTimeout = 5000;
        server.listen(port, process.argv[3] ?? '127.0.0.1', () => console.log('listening'));
        """;

    /// <summary>Answers every request with the bytes of a file, as they are, and closes.</summary>
    public const string Raw =
        """
        const net = require('net'), fs = require('fs');
        net.createServer(socket => {
          socket.on('error', () => {});
          socket.once('data', () => socket.end(fs.readFileSync(process.argv[3])));
        }).listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
        """;
}
