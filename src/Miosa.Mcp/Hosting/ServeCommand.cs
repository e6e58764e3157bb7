using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Miosa.Devices.Templates;
using Miosa.Mcp.Templates;
using Miosa.Mcp.Storage;
using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Hosting;

/// <summary><c>miosa serve</c>: runs the host until it is told to stop.</summary>
internal sealed class ServeCommand(MiosaHome home, ServeOptions options, bool newKey, TextWriter output, TextWriter error)
{
    /// <summary>Who says that a value is not of its kind.</summary>
    private const string ConfigurationBinder = "Microsoft.Extensions.Configuration.Binder";

    /// <summary>The host that a bridge starts.</summary>
    public static ServeCommand Detached(MiosaHome home) => new(home, new ServeOptions { Detached = true }, newKey: false, Console.Out, Console.Error);

    public async Task<int> RunAsync(Server server, CancellationToken cancellationToken)
    {
        if (options.Problem() is { } problem)
            return await FailAsync(problem);

        home.Create();
        using var held = await HostLock.TryTakeAsync(home, TimeProvider.System, cancellationToken);
        if (held is null)
            return newKey ? await NewKeyFromRunningHostAsync(cancellationToken) : await FailAsync(WhoHolds());

        var state = new HostState(held, new HostIdentity { Pid = Environment.ProcessId, StartedAt = TimeProvider.System.GetUtcNow(), Version = Server.Version });
        held.Write(state.Identity);

        if (IsFree(options.Http))
            return await RunAsync(server, state, options, cancellationToken);
        if (!options.Detached)
            return await FailAsync($"Something else listens on {options.Http}. Stop it, or choose another port: miosa serve --http 127.0.0.1:{options.Http.Port + 1} (or --http none).");

        // A client over stdio waits for this host and needs no port.
        await output.WriteLineAsync($"{options.Http} is taken by another program; this host serves stdio only.");
        return await RunAsync(server, state, options with { Http = HttpEndpoint.Off }, cancellationToken);
    }

    private async Task<int> RunAsync(Server server, HostState state, ServeOptions serve, CancellationToken cancellationToken)
    {
        try
        {
            await using var app = HostApplication.Build(home, state, serve, server);
            await app.StartAsync(cancellationToken);
            var url = HostApplication.HttpUrl(app.Services);
            if (url is not null)
                state.ListensAt(url);
            await GreetAsync(app, url, cancellationToken);
            await app.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (StorageException e)
        {
            return await FailAsync($"{e.Message} {e.Remedy}");
        }
        catch (Exception e) when (e is OptionsValidationException or InvalidOperationException { Source: ConfigurationBinder })
        {
            return await FailAsync($"{e.Message} Mend {home.SettingsFile}, then start again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // A disk, a right or a file of settings: a person can mend it, and a stack trace would not help.
            return await FailAsync(e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}");
        }
    }

    private async Task GreetAsync(WebApplication app, string? url, CancellationToken cancellationToken)
    {
        var keys = app.Services.GetRequiredService<AccessKeys>();

        // A key is shown to a person. A host that nobody watches leaves it to the first one that somebody does.
        var key = newKey || (!options.Detached && url is not null && !keys.Any) ? await keys.ReplaceAsync(cancellationToken) : null;
        await output.WriteLineAsync($"Miosa {Server.Version} is running. Home: {home.Path}");
        await output.WriteLineAsync(ConnectionHelp.Stdio(home));
        if (url is not null)
            await output.WriteLineAsync(ConnectionHelp.Http(url, key));
        if (!options.Detached && app.Services.GetService<TemplateService>() is { } templates)
        {
            templates.Progressed += ShowProgress;
            templates.Ended += ShowEnd;
        }
        await output.FlushAsync(cancellationToken);
    }

    private void ShowProgress(string template, TemplateProgress progress)
    {
        output.WriteLine($"Building the template {template}, once: step {progress.Step} of {progress.Steps}, {progress.Text}");
        output.Flush();
    }

    private void ShowEnd(string template, string? problem)
    {
        output.WriteLine(problem is null ? $"The template {template} is built." : $"The template {template} could not be built: {problem}");
        output.Flush();
    }

    private async Task<int> NewKeyFromRunningHostAsync(CancellationToken cancellationToken)
    {
        var answer = await HostClient.AskAsync(home, HostControl.NewKey, cancellationToken);
        if (answer?.Key is not { } key)
            return await FailAsync(answer?.Error ?? "The host that holds this home does not answer.");
        await output.WriteLineAsync("A host is running; it made a new key and forgot the old ones.");
        await output.WriteLineAsync(answer.Status?.Host.Http is { } url ? ConnectionHelp.Http(url, key) : $"Key (shown once):    {key}");
        return 0;
    }

    private string WhoHolds()
    {
        var holder = HostLock.ReadIdentity(home);
        return holder is null
            ? $"Another host holds {home.Path} and is just starting. See `miosa status`."
            : $"A host already holds {home.Path}: process {holder.Pid.ToString(CultureInfo.InvariantCulture)}, since {holder.StartedAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}, "
              + $"{(holder.Http is null ? "without HTTP" : $"listening at {holder.Http}")}. Use it, stop it with `miosa stop`, or choose another home with --home.";
    }

    private async Task<int> FailAsync(string message)
    {
        await error.WriteLineAsync($"miosa: {message}");
        return 1;
    }

    // Asked before anything is started, so that a taken port is one clear line and not a host that fell over.
    private static bool IsFree(HttpEndpoint endpoint)
    {
        if (!endpoint.IsOn)
            return true;
        using var socket = new Socket(endpoint.Address!.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(endpoint.Address, endpoint.Port));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }
}
