using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Transports.Access;

/// <summary>Does what the owner of the host asks with <c>miosa keys</c>, in the host or, where none runs, in the command itself.</summary>
internal sealed class KeyDesk(AccessKeys keys, TimeProvider time)
{
    private const int PageSize = 100;

    public async Task<KeysAnswer> AnswerAsync(KeysQuestion question, CancellationToken cancellationToken) => question switch
    {
        { Create: { } key } => Made(await keys.CreateAsync(key, cancellationToken)),
        { Delegate: { } token } => Made(await keys.DelegateAsync(question.Maker is { } maker ? Find(maker).Entry.Id : null, caller: null, token, cancellationToken)),
        { Revoke: { } named } => await RevokeAsync(Find(named), cancellationToken),
        { List: { } list } => Page(list),
        _ => throw new ToolFailureException(ToolErrorCode.InvalidInput, "This host does not know what is asked of its keys.", "It may be older than the program that asks; restart it."),
    };

    private static KeysAnswer Made(NewKey made) => new() { Text = made.Text, Keys = [KeyInfo.Of(made.Entry)] };

    private async Task<KeysAnswer> RevokeAsync(KeyGrant grant, CancellationToken cancellationToken)
    {
        await keys.RevokeAsync(grant.Entry.Id, cancellationToken);
        return new KeysAnswer { Keys = [KeyInfo.Of(grant, time.GetUtcNow())] };
    }

    private KeysAnswer Page(KeysList list)
    {
        var now = time.GetUtcNow();
        IEnumerable<KeyGrant> all = keys.List();
        if (list.After is { } after)
            all = all.SkipWhile(grant => grant.Entry.Id != after).Skip(1);
        var page = all.Where(grant => list.Ended || grant.IsLive(now)).Take(PageSize + 1).Select(grant => KeyInfo.Of(grant, now)).ToList();
        return page.Count > PageSize ? new KeysAnswer { Keys = page[..PageSize], Next = page[PageSize - 1].Id } : new KeysAnswer { Keys = page };
    }

    /// <summary>Names are of keys, and only one in force has a given one; tokens are called by their ids.</summary>
    private KeyGrant Find(string named) =>
        keys.Find(named)
        ?? keys.List().FirstOrDefault(grant => grant.Entry.Kind is not CallerKind.Delegated && grant.Entry.Name == named && grant.IsLive(time.GetUtcNow()))
        ?? throw new ToolFailureException(ToolErrorCode.NotFound, "No key or token in force has this id or name.", "`miosa keys list` shows those there are. It takes an id or a name, never the key itself.");
}
