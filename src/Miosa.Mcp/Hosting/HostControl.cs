using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Transports.Access;
using Miosa.Mcp.Transports.Stdio;
using Miosa.Mcp.Workspaces.Moving;

namespace Miosa.Mcp.Hosting;

/// <summary>Answers the questions that the program's other commands put to a running host.</summary>
internal sealed class HostControl(
    MiosaHome home, HostState state, IEnumerable<StatusCount> counts, AccessKeys keys, IServiceProvider services, IHostApplicationLifetime lifetime, TimeProvider time)
{
    public const string Status = "status";
    public const string Stop = "stop";
    public const string NewKey = "new_key";
    public const string Folder = "folder";

    public async Task<HelloAnswer> AnswerAsync(Hello hello, PeerCredentials peer, CancellationToken cancellationToken)
    {
        switch (hello.Control)
        {
            case Status or Stop:
                return new HelloAnswer { Status = Describe() };
            case NewKey:
                return new HelloAnswer { Key = await keys.ReplaceAsync(cancellationToken), Status = Describe() };
            case Folder when hello.Folder is { } question && services.GetService<FolderDesk>() is { } desk:
                var person = new Caller { Principal = $"local:{peer.Uid}", Transport = Caller.Stdio, Workspace = hello.Workspace };
                return new HelloAnswer { Folder = await desk.AnswerAsync(question, person, cancellationToken) };
            default:
                return new HelloAnswer { Error = $"This host does not know the question '{hello.Control}'. It may be older than the program that asks." };
        }
    }

    /// <summary>What has to wait until the answer is on its way.</summary>
    public void AfterAnswer(string question)
    {
        if (question is Stop)
            lifetime.StopApplication();
    }

    private HostStatus Describe() => new()
    {
        Host = state.Identity,
        Home = home.Path,
        UptimeSeconds = (long)(time.GetUtcNow() - state.Identity.StartedAt).TotalSeconds,
        Counts = counts.ToDictionary(c => c.Name, c => c.Read(), StringComparer.Ordinal),
    };
}
