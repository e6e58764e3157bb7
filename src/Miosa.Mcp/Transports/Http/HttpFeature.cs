using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Transports.Http;

/// <summary>The HTTP side of the host: Kestrel with our limits, the gate, and behind it whatever features map.</summary>
internal static class HttpFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddHttp(ServeOptions serve)
        {
            var services = builder.Services;
            services.TryAddSingleton(new HttpLimits());
            services.AddSingleton<AllowedNames>();
            services.AddSingleton<LastAnswers>();
            services.AddSingleton<FailedTries>();
            services.AddSingleton<HttpGate>();
            services.AddSingleton<SessionIds>();
            services.AddSingleton<HttpSessions>();
            services.AddHostedService(p => p.GetRequiredService<HttpSessions>());
            services.AddSingleton(p => new StatusCount("http_sessions", () => p.GetRequiredService<HttpSessions>().Count));
            services.AddSingleton<McpEndpoint>();
            services.AddRoutingCore();

            // Also where nothing listens for MCP: previews are seen through a server of their own.
            builder.WebHost.UseKestrelCore();
            if (!serve.Http.IsOn)
            {
                services.AddSingleton<IServer, NoServer>();
                return;
            }

            if (serve.TlsCertificate is not null)
                builder.WebHost.UseKestrelHttpsConfiguration();
            services.AddOptions<KestrelServerOptions>().Configure<HttpLimits>((kestrel, limits) => Configure(kestrel, limits, serve));
        }
    }

    extension(WebApplication app)
    {
        /// <summary>Puts the gate in front of everything, and the features' endpoints behind it.</summary>
        public void UseHttp(Action<Microsoft.AspNetCore.Routing.IEndpointRouteBuilder> mapFeatures)
        {
            app.UseMiddleware<HttpGate>();
            app.UseRouting();
            app.MapMethods(HttpGate.HealthPath, [HttpMethods.Get], static context => context.Response.WriteAsync("ok", context.RequestAborted));
            app.Services.GetRequiredService<McpEndpoint>().Map(app);
            app.MapTokens();
            mapFeatures(app);
        }
    }

    private static void Configure(KestrelServerOptions kestrel, HttpLimits limits, ServeOptions serve)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = limits.BodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.HeaderBytes;
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.Connections;
        kestrel.Limits.RequestHeadersTimeout = limits.HeaderTimeout;
        kestrel.Limits.KeepAliveTimeout = limits.KeepAlive;
        kestrel.Listen(serve.Http.Address!, serve.Http.Port, listen =>
        {
            if (serve.TlsCertificate is not null)
                listen.UseHttps(X509Certificate2.CreateFromPemFile(serve.TlsCertificate, serve.TlsKey));
            else
                listen.Protocols = HttpProtocols.Http1;
        });
    }
}
