using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Transports;
using Miosa.Mcp.Transports.Http;
using Miosa.Mcp.Workspaces.Views;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Workspaces.Protocol;

/// <summary>Notices to clients that a contract changed.</summary>
internal static class NoticeFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddContractNotices()
        {
            mcp.Services.AddSingleton<ContractListeners>();
            mcp.Services.Configure<McpServerOptions>(options =>
            {
                options.Capabilities ??= new ServerCapabilities();
                options.Capabilities.Prompts = new PromptsCapability { ListChanged = true };
                options.Capabilities.Resources = new ResourcesCapability { ListChanged = true, Subscribe = true };
            });
            return mcp;
        }
    }
}

/// <summary>
/// The clients that asked for lists or subscribed, as long as they are connected. Only those of the revisions with
/// sessions: later ones are pushed nothing, and ask again.
/// </summary>
internal sealed partial class ContractListeners
{
    private static readonly TimeSpan LongestSend = TimeSpan.FromSeconds(5);

    /// <summary>A connection over the socket has one caller for all its life, and ends with it.</summary>
    private readonly ConditionalWeakTable<object, ContractListener> _connections = [];
    private readonly ConcurrentDictionary<string, ContractListener> _sessions = new(StringComparer.Ordinal);
    private readonly HttpSessions? _http;
    private readonly TimeProvider _time;
    private readonly ILogger<ContractListeners> _logger;

    public ContractListeners(WorkspaceContracts contracts, IServiceProvider services, TimeProvider time, ILogger<ContractListeners> logger)
    {
        (_http, _time, _logger) = (services.GetService<HttpSessions>(), time, logger);
        contracts.Changed += change => _ = TellAsync(change);
    }

    public void Add(MessageContext request, Action<ContractListener> note)
    {
        var caller = Caller.Of(request);
        if (!Eras.Handshake.Contains(request.Server.NegotiatedProtocolVersion, StringComparer.Ordinal) || !Scopes.Opens(caller.Scopes, "workspace.get"))
            return;
        var workspace = caller.WorkspaceName;
        note(request.Server.SessionId is { } session
            ? OfSession(session, workspace)
            : _connections.GetValue(request.Items[Caller.ItemKey]!, _ => new ContractListener(workspace, request.Server)));
    }

    /// <summary>What was asked on a request of its own must be told on the session's stream, so no server of a request is kept.</summary>
    private ContractListener OfSession(string session, string workspace)
    {
        // Also where no contract ever changes, those that ended do not pile up.
        if (!_sessions.ContainsKey(session))
        {
            foreach (var (other, _) in _sessions)
            {
                if (_http?.ServerOf(other) is null)
                    _sessions.TryRemove(other, out _);
            }
        }
        return _sessions.AddOrUpdate(session, _ => new ContractListener(workspace), (_, known) => known.Workspace == workspace ? known : new ContractListener(workspace));
    }

    private Task TellAsync(ContractChange change)
    {
        var touched = ContractResources.Touched(change).ToHashSet(StringComparer.Ordinal);
        return Task.WhenAll(Listeners(change.Workspace).Select(one => TellAsync(one.Server, one.Listener, change, touched)));
    }

    /// <summary>All within one time: a client that does not listen, or is gone, keeps nobody waiting, for each is told by itself.</summary>
    private async Task TellAsync(McpServer server, ContractListener listener, ContractChange change, IReadOnlySet<string> touched)
    {
        try
        {
            using var late = new CancellationTokenSource(LongestSend, _time);
            if (change.IsOfContract && listener.WantsPrompts)
                await server.SendNotificationAsync(NotificationMethods.PromptListChangedNotification, late.Token);
            if (change.IsOfContract && listener.WantsResources)
                await server.SendNotificationAsync(NotificationMethods.ResourceListChangedNotification, late.Token);
            foreach (var uri in listener.Subscribed(touched))
                await server.SendNotificationAsync(NotificationMethods.ResourceUpdatedNotification, new ResourceUpdatedNotificationParams { Uri = uri }, cancellationToken: late.Token);
        }
        catch (Exception exception)
        {
            LogNotTold(change.Workspace, exception.Message);
        }
    }

    private IEnumerable<(McpServer Server, ContractListener Listener)> Listeners(string workspace)
    {
        foreach (var (_, listener) in _connections)
        {
            if (listener.Workspace == workspace)
                yield return (listener.Server!, listener);
        }
        foreach (var (session, listener) in _sessions)
        {
            if (_http?.ServerOf(session) is not { } server)
                _sessions.TryRemove(session, out _);
            else if (listener.Workspace == workspace)
                yield return (server, listener);
        }
    }

    [LoggerMessage(LogLevel.Debug, "A client was not told all of what changed in {Workspace}: {Reason}")]
    private partial void LogNotTold(string workspace, string reason);
}

/// <summary>What one client wants to be told.</summary>
internal sealed class ContractListener(string workspace, McpServer? server = null)
{
    private const int MostSubscriptions = 500;
    private readonly ConcurrentDictionary<string, bool> _uris = new(StringComparer.Ordinal);

    public string Workspace { get; } = workspace;

    /// <summary>Of a connection; null for a session, which has one of its own.</summary>
    public McpServer? Server { get; } = server;

    public bool WantsPrompts { get; set; }

    public bool WantsResources { get; set; }

    public void Subscribe(string uri)
    {
        if (_uris.Count >= MostSubscriptions)
            throw new McpProtocolException($"A client subscribes to {MostSubscriptions} addresses at most.", McpErrorCode.InvalidParams);
        _uris[uri] = true;
    }

    public void Unsubscribe(string uri) => _uris.TryRemove(uri, out _);

    public IEnumerable<string> Subscribed(IReadOnlySet<string> touched) => _uris.Keys.Where(touched.Contains);
}
