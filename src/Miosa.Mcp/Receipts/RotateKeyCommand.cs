using Microsoft.Extensions.Logging.Abstractions;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Receipts;

/// <summary><c>miosa receipts rotate-key</c>: by the host where one runs, else by ourselves in its place.</summary>
internal sealed class RotateKeyCommand(MiosaHome home, TextWriter output, TextWriter error)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        home.Create();
        using var held = await HostLock.TryTakeAsync(home, TimeProvider.System, cancellationToken);
        if (held is null)
        {
            var answer = await HostClient.AskAsync(home, HostControl.RotateReceiptKey, cancellationToken);
            return answer?.Fingerprint is { } made ? await DoneAsync(made) : await FailAsync(answer?.Error ?? "The host that holds this home does not answer.");
        }
        try
        {
            using var log = new ReceiptLog(ReceiptFolders.In(home), new ReceiptOptions(), TimeProvider.System, NullLogger<ReceiptLog>.Instance);
            return await DoneAsync(await log.RotateAsync());
        }
        catch (StorageException exception)
        {
            return await FailAsync($"{exception.Message} {exception.Remedy}");
        }
    }

    private async Task<int> DoneAsync(string fingerprint)
    {
        await output.WriteLineAsync($"From now on the key {fingerprint} signs receipts. Every open chain names it; the secret half of the old key is deleted.");
        return 0;
    }

    private async Task<int> FailAsync(string message)
    {
        await error.WriteLineAsync($"miosa: {message}");
        return 1;
    }
}
