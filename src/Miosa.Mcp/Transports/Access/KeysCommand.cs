using System.Globalization;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Transports.Access;

/// <summary>
/// <c>miosa keys</c>: makes, lists and revokes keys and tokens, in the running host, or by itself where none runs. A new
/// key is all that goes to the output, so that it can go on into a variable or a file; what is said about it goes beside.
/// </summary>
internal sealed class KeysCommand(MiosaHome home, TimeProvider time, TextWriter output, TextWriter error)
{
    public async Task<int> RunAsync(KeysQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            return question.List is { } list ? await ListAsync(list, cancellationToken) : await ShowAsync(await AskAsync(question, cancellationToken));
        }
        catch (ToolFailureException failure)
        {
            return await FailAsync($"{failure.Message} {failure.NextStep}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return await FailAsync(e.Message);
        }
    }

    private async Task<KeysAnswer> AskAsync(KeysQuestion question, CancellationToken cancellationToken)
    {
        home.Create();
        using var held = await HostLock.TryTakeAsync(home, time, cancellationToken);
        if (held is not null)
        {
            // No host runs, and none can begin to while we write.
            await using var keys = new AccessKeys(home, time);
            return await new KeyDesk(keys, time).AnswerAsync(question, cancellationToken);
        }

        var hello = new Hello { Version = Hello.CurrentVersion, Control = HostControl.Keys, Keys = question };
        var answer = await HostClient.AskAsync(home, hello, cancellationToken);
        if (answer?.Keys is { } done)
            return done;
        throw new ToolFailureException(
            ToolErrorCode.Unavailable, answer?.Error ?? "The host that holds this home does not answer.", answer?.Error is null ? "See `miosa status`; it may be just starting." : "");
    }

    private async Task<int> ShowAsync(KeysAnswer answer)
    {
        if (answer.Text is { } text)
        {
            await error.WriteLineAsync("Shown this once; only its hash is kept.");
            await output.WriteLineAsync(text);
        }

        foreach (var key in answer.Keys)
            await error.WriteLineAsync(Line(key));
        return 0;
    }

    private async Task<int> ListAsync(KeysList list, CancellationToken cancellationToken)
    {
        var any = false;
        for (KeysList? page = list; page is not null;)
        {
            var answer = await AskAsync(new KeysQuestion { List = page }, cancellationToken);
            foreach (var key in answer.Keys)
                await output.WriteLineAsync(Line(key));
            any |= answer.Keys.Count > 0;
            page = answer.Next is { } next ? page with { After = next } : null;
        }

        if (!any)
            await error.WriteLineAsync("There is no key. `miosa keys create` makes one.");
        return 0;
    }

    private static string Line(KeyInfo key)
    {
        List<string> parts =
        [
            key.Id, key.Kind.ToString().ToLowerInvariant(), key.State, $"\"{key.Name}\"", string.Join(',', key.Scopes),
            key.Workspaces.Count is 0 ? "all workspaces" : $"workspaces {string.Join(',', key.Workspaces)}",
        ];
        if (key.Agent is not null)
            parts.Add($"agent {key.Agent}");
        if (key.ReadOnly)
            parts.Add("read-only");
        if (key.Parent is not null)
            parts.Add($"from {key.Parent}");
        parts.Add(key.RevokedAt is { } revoked ? $"revoked {Minute(revoked)}" : key.ExpiresAt is { } expires ? $"until {Minute(expires)}" : "until revoked");
        parts.Add(key.LastUsedAt is { } used ? $"used {Minute(used)}" : "never used");
        return PlainText.Line(string.Join("  ", parts));
    }

    private static string Minute(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private async Task<int> FailAsync(string message)
    {
        await error.WriteLineAsync($"miosa: {PlainText.Line(message.TrimEnd())}");
        return 1;
    }
}
