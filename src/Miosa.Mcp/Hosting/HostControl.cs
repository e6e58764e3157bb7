using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Storage;
using Miosa.Mcp.Transports.Access;
using Miosa.Mcp.Transports.Stdio;
using Miosa.Mcp.Workspaces.Moving;

namespace Miosa.Mcp.Hosting;

/// <summary>Answers the questions that the program's other commands put to a running host.</summary>
internal sealed class HostControl(
    MiosaHome home, HostState state, IEnumerable<StatusCount> counts, AccessKeys keys, IEnumerable<ApprovalControl> approvals, IEnumerable<ReceiptService> receipts, Journal journal,
    IServiceProvider services, IHostApplicationLifetime lifetime, TimeProvider time)
{
    public const string Status = "status";
    public const string Stop = "stop";
    public const string NewKey = "new_key";
    public const string Folder = "folder";
    public const string Keys = "keys";
    public const string Approvals = "approvals";
    public const string RotateReceiptKey = "rotate_receipt_key";

    public async Task<HelloAnswer> AnswerAsync(Hello hello, PeerCredentials peer, CancellationToken cancellationToken)
    {
        switch (hello.Control)
        {
            case Status or Stop:
                return new HelloAnswer { Status = Describe() };
            case NewKey:
                return new HelloAnswer { Key = await keys.ReplaceAsync(cancellationToken), Status = Describe() };
            case Keys when hello.Keys is { } question:
                return await AnswerAsync(question, $"local:{peer.Uid}", cancellationToken);
            case Approvals when hello.Approvals is { } question && approvals.SingleOrDefault() is { } control:
                return await AnswerAsync(control, question, peer.Uid, cancellationToken);
            case RotateReceiptKey:
                return await RotateReceiptKeyAsync();
            case Folder when hello.Folder is { } folder && services.GetService<FolderDesk>() is { } desk:
                var person = new Caller { Principal = $"local:{peer.Uid}", Transport = Caller.Stdio, Scopes = [Scopes.All], Workspace = hello.Workspace };
                return new HelloAnswer { Folder = await desk.AnswerAsync(folder, person, cancellationToken) };
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

    private async Task<HelloAnswer> AnswerAsync(KeysQuestion question, string by, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await new KeyDesk(keys, time).AnswerAsync(question, cancellationToken);
            if (question.Create is not null || question.Delegate is not null)
                await KeyEvents.CreatedAsync(journal, answer.Keys[0], by);
            else if (question.Revoke is not null)
                await KeyEvents.RevokedAsync(journal, answer.Keys[0], by);
            return new HelloAnswer { Keys = answer };
        }
        catch (ToolFailureException failure)
        {
            return new HelloAnswer { Error = $"{failure.Message} {failure.NextStep}" };
        }
    }

    private static async Task<HelloAnswer> AnswerAsync(ApprovalControl control, ApprovalsQuestion question, uint uid, CancellationToken cancellationToken)
    {
        try
        {
            return new HelloAnswer { Approvals = await control.AnswerAsync(question, uid, cancellationToken) };
        }
        catch (ToolFailureException failure)
        {
            return new HelloAnswer { Error = $"{failure.Message} {failure.NextStep}" };
        }
        catch (StorageException exception)
        {
            return new HelloAnswer { Error = $"{exception.Message} {exception.Remedy}" };
        }
    }

    private async Task<HelloAnswer> RotateReceiptKeyAsync()
    {
        try
        {
            return receipts.SingleOrDefault() is { } service ? new HelloAnswer { Fingerprint = await service.RotateKeyAsync() } : new HelloAnswer { Error = "This host writes no receipts." };
        }
        catch (StorageException exception)
        {
            return new HelloAnswer { Error = $"{exception.Message} {exception.Remedy}" };
        }
    }

    private HostStatus Describe() => new()
    {
        Host = state.Identity,
        Home = home.Path,
        UptimeSeconds = (long)(time.GetUtcNow() - state.Identity.StartedAt).TotalSeconds,
        Counts = counts.ToDictionary(c => c.Name, c => c.Read(), StringComparer.Ordinal),
    };
}
