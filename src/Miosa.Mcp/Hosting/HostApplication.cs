using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Transports.Access;
using Miosa.Mcp.Transports.Http;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Hosting;

/// <summary>Puts the host together: home, log, features, socket, HTTP.</summary>
internal static class HostApplication
{
    /// <summary>Enough to finish what is being written, and well under the five seconds a stopping host may take.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(4);

    public static WebApplication Build(MiosaHome home, HostState state, ServeOptions serve, Server server, Action<WebApplicationBuilder>? adjust = null)
    {
        var time = TimeProvider.System;

        // The empty builder reads no files and no environment of its own accord; what it lacks is added here, and starting stays quick.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "miosa", ContentRootPath = home.Path });
        builder.Configuration.AddJsonFile(home.SettingsFile, optional: true, reloadOnChange: false);
        builder.Host.UseConsoleLifetime(console => console.SuppressStatusMessages = true);
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("System", LogLevel.Warning);
        builder.Logging.AddFilter("ModelContextProtocol", LogLevel.Warning);

        var services = builder.Services;
        services.AddSingleton<ILoggerProvider>(_ => new JsonLogProvider(Path.Combine(home.LogDirectory, "miosa.log"), time));
        services.AddSingleton(time);
        services.AddSingleton(home);
        services.AddSingleton(state);
        services.AddSingleton(serve);
        services.AddSingleton<AccessKeys>();
        services.Configure<HostOptions>(o => o.ShutdownTimeout = StopLimit);
        server.Add(services.AddMcpServer(Server.Introduce));
        builder.AddHttp(serve);

        // Last, so that the socket answers when what stands behind it has started.
        services.AddStdio();
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UseHttp(server.Map);
        return app;
    }

    /// <summary>The address that HTTP clients use, once the host has started; null when HTTP is off.</summary>
    public static string? HttpUrl(IServiceProvider services) =>
        services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
}
