using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Previews.Edge;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Previews;

/// <summary>The rules of previews: what is shown, and to whom.</summary>
internal sealed class PreviewService(
    PreviewStore store, PreviewDirectory directory, PreviewTokens tokens, SharePasswords passwords, SandboxService sandboxes, EdgeServer edge, Upstreams upstreams,
    Journal journal, IOptions<PreviewOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Good tokens and shares of one preview; enough for a person, and a bound for a program that never stops asking.</summary>
    private const int MostGrants = 200;

    // One change at a time, so that the directory is what the rows are.
    private readonly SemaphoreSlim _changes = new(1);

    /// <summary>How long a call may take in all, however it is divided.</summary>
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(25);

    public async Task<PreviewExposed> ExposeAsync(Caller caller, ExposeRequest request, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var sandbox = await sandboxes.GetAsync(caller, request.SandboxId, cancellationToken);
        if (sandbox.State is SandboxState.Destroyed)
            throw SandboxFailures.Destroyed(sandbox);
        if (request.Access is PreviewAccess.Public && !options.Value.AllowPublic)
            throw PreviewFailures.PublicNotAllowed();
        var origin = await edge.OriginAsync(cancellationToken);
        await sandboxes.WakeAsync(sandbox, cancellationToken);

        var preview = await OpenAsync(caller, sandbox, request, cancellationToken);
        var row = preview.Row;
        // One from a time when public ones were allowed is open to nobody without a token now.
        var token = row.Access is PreviewAccess.Private || !options.Value.AllowPublic ? await GrantTokenAsync(caller, preview, request.TokenLifetime, cancellationToken) : null;
        var left = LongestCall - time.GetElapsedTime(started);
        var isListening = await upstreams.ListensAsync(row.SandboxId, row.Port, left < request.Wait ? left : request.Wait, cancellationToken);
        var url = Url(origin, row);
        if (isListening)
            await AppendAsync("sandbox.preview.ready", caller, row, new { preview_id = row.Id, url, port = row.Port });
        return new PreviewExposed
        {
            PreviewId = row.Id,
            Status = isListening ? "ready" : "not_listening",
            NextStep = isListening
                ? "Give the user open_url: it opens the preview and lets them in."
                : $"Nothing listens on port {row.Port} of the sandbox yet. Start the server there; the link works as soon as it does, and needs no other call.",
            OpenUrl = token is null ? url : new Uri(url, $"?{EdgeTarget.TokenParameter}={tokens.WriteToken(token)}"),
            Url = url,
            Access = row.Access,
            SandboxId = row.SandboxId,
            Port = row.Port,
            TokenId = token?.Id,
            TokenExpiresAt = token?.ExpiresAt,
        };
    }

    public async Task<IReadOnlyList<Preview>> ListAsync(Caller caller, string? sandboxId, string? after, int limit, CancellationToken cancellationToken)
    {
        await directory.LoadAsync(cancellationToken);
        if (sandboxId is not null)
            await sandboxes.GetAsync(caller, sandboxId, cancellationToken);
        var rows = await store.ListAsync(caller.WorkspaceName, sandboxId, after, limit, cancellationToken);
        if (rows.Count is 0)
            return [];
        var origin = await edge.OriginAsync(cancellationToken);
        return [.. rows.Select(row => directory.Find(row.Label)).OfType<LivePreview>().Select(preview => Describe(preview, origin))];
    }

    public async Task<PreviewShared> ShareAsync(Caller caller, string previewId, string? password, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        var preview = await FindAsync(caller, previewId, cancellationToken);
        var origin = await edge.OriginAsync(cancellationToken);
        MakeRoom(preview);
        var token = PreviewTokens.NewShareToken();
        var now = time.GetUtcNow();
        var grant = new GrantRow
        {
            Id = Ids.New("shr", time),
            PreviewId = previewId,
            SandboxId = preview.Row.SandboxId,
            Port = preview.Row.Port,
            Kind = GrantKind.Share,
            SecretHash = PreviewTokens.Hash(token),
            Password = password is null ? null : await passwords.HashAsync(password, cancellationToken),
            Principal = caller.Principal,
            CreatedAt = now,
            ExpiresAt = lifetime is { } duration ? now + duration : null,
        };
        await AddAsync(preview, grant, cancellationToken);
        await AppendAsync("sandbox.share.created", caller, preview.Row, new { preview_id = previewId, share_id = grant.Id, port = preview.Row.Port, has_password = password is not null, expires_at = grant.ExpiresAt });
        return new PreviewShared
        {
            ShareId = grant.Id,
            PreviewId = previewId,
            NextStep = password is null ? "Hand on open_url; whoever has it is let in. It is not shown again." : "Hand on open_url, and the password by another way. Neither is shown again.",
            OpenUrl = new Uri(Url(origin, preview.Row), $"?{EdgeTarget.ShareParameter}={token}"),
            HasPassword = password is not null,
            ExpiresAt = grant.ExpiresAt,
        };
    }

    public async Task<PreviewRevoked> RevokeAsync(Caller caller, string previewId, string? grantId, CancellationToken cancellationToken)
    {
        var preview = await FindAsync(caller, previewId, cancellationToken);
        if (grantId is null)
        {
            await ChangeAsync(() => store.RemoveAsync(previewId, time.GetUtcNow(), CancellationToken.None), () => directory.Remove(preview), cancellationToken);
            await AppendAsync("sandbox.preview.revoked", caller, preview.Row, new { preview_id = previewId, port = preview.Row.Port });
            return new PreviewRevoked { PreviewId = previewId, NextStep = "The port is no longer shown; sandbox_expose shows it again, to those who get a new link." };
        }
        if (!preview.Grants.TryGetValue(grantId, out var grant))
            throw PreviewFailures.UnknownGrant(grantId, previewId);
        await ChangeAsync(() => store.RevokeGrantAsync(grantId, time.GetUtcNow(), CancellationToken.None), () => directory.Remove(preview, grant), cancellationToken);
        if (grant.Row.Kind is GrantKind.Share)
            await AppendAsync("sandbox.share.revoked", caller, preview.Row, new { preview_id = previewId, share_id = grantId });
        return new PreviewRevoked { PreviewId = previewId, GrantId = grantId, NextStep = "Who was in by it is out; other links go on." };
    }

    public void Dispose() => _changes.Dispose();

    private async Task<LivePreview> FindAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        await directory.LoadAsync(cancellationToken);
        return directory.All.FirstOrDefault(preview => preview.Row.Id == id && preview.Row.Workspace == caller.WorkspaceName) ?? throw PreviewFailures.Unknown(id);
    }

    private async Task<LivePreview> OpenAsync(Caller caller, SandboxRow sandbox, ExposeRequest request, CancellationToken cancellationToken)
    {
        await directory.LoadAsync(cancellationToken);
        var wanted = new PreviewRow
        {
            Id = Ids.New("prv", time),
            SandboxId = sandbox.Id,
            Workspace = sandbox.Workspace,
            Principal = caller.Principal,
            Port = request.Port,
            Slug = PreviewNames.NewSlug(),
            Access = request.Access ?? PreviewAccess.Private,
            CreatedAt = time.GetUtcNow(),
        };
        LivePreview? preview = null;
        await ChangeAsync(
            async () =>
            {
                var row = await store.GetOrAddAsync(wanted, CancellationToken.None);
                if (request.Access is { } access && access != row.Access)
                {
                    await store.SetAccessAsync(row.Id, access, CancellationToken.None);
                    row = row with { Access = access };
                }
                preview = directory.Add(row);
            },
            () => { },
            cancellationToken);
        if (preview!.Row.Id == wanted.Id)
            await AppendAsync("sandbox.preview.created", caller, preview.Row, new { preview_id = preview.Row.Id, port = preview.Row.Port, access = preview.Row.Access });
        return preview;
    }

    private Task AddAsync(LivePreview preview, GrantRow grant, CancellationToken cancellationToken) =>
        ChangeAsync(() => store.AddGrantAsync(grant, CancellationToken.None), () => directory.Add(preview, grant), cancellationToken);

    /// <summary>Changes the rows, then the directory, and never one without the other.</summary>
    private async Task ChangeAsync(Func<Task> store, Action remember, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken);
        try
        {
            await store();
            remember();
        }
        finally
        {
            _changes.Release();
        }
    }

    private async Task<SignedGrant> GrantTokenAsync(Caller caller, LivePreview preview, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        MakeRoom(preview);
        var now = time.GetUtcNow();
        // Whole seconds, as tokens have them: what is told is what is kept.
        var expires = DateTimeOffset.FromUnixTimeSeconds((now + lifetime).ToUnixTimeSeconds());
        var grant = new GrantRow
        {
            Id = Ids.New("ptk", time),
            PreviewId = preview.Row.Id,
            SandboxId = preview.Row.SandboxId,
            Port = preview.Row.Port,
            Kind = GrantKind.Token,
            Principal = caller.Principal,
            CreatedAt = now,
            ExpiresAt = expires,
        };
        await AddAsync(preview, grant, cancellationToken);
        return new SignedGrant(grant.Id, preview.Row.Label, expires);
    }

    /// <summary>Forgets the grants that have ended; their rows go later.</summary>
    private void MakeRoom(LivePreview preview)
    {
        directory.ForgetEnded();
        var now = time.GetUtcNow();
        foreach (var (id, grant) in preview.Grants)
        {
            if (!grant.IsLive(now))
                preview.Grants.TryRemove(id, out _);
        }
        if (preview.Grants.Count >= MostGrants)
            throw PreviewFailures.TooMany(MostGrants, "tokens and shares of this preview");
    }

    private Preview Describe(LivePreview preview, Uri origin)
    {
        const int shown = 10;
        var now = time.GetUtcNow();
        var grants = preview.Grants.Values.Where(grant => grant.IsLive(now)).Select(grant => grant.Row).OrderByDescending(grant => grant.Id, StringComparer.Ordinal).ToList();
        return new Preview
        {
            Id = preview.Row.Id,
            SandboxId = preview.Row.SandboxId,
            Port = preview.Row.Port,
            Access = preview.Row.Access,
            Url = Url(origin, preview.Row),
            CreatedAt = preview.Row.CreatedAt,
            Grants =
            [
                .. grants.Take(shown).Select(grant => new PreviewGrant
                {
                    Id = grant.Id,
                    Kind = grant.Kind,
                    HasPassword = grant.Kind is GrantKind.Share ? grant.Password is not null : null,
                    ExpiresAt = grant.ExpiresAt,
                }),
            ],
            GrantCount = grants.Count,
        };
    }

    private static Uri Url(Uri origin, PreviewRow row) => new UriBuilder(origin) { Host = $"{row.Label}.{origin.Host}" }.Uri;

    private Task AppendAsync(string type, Caller caller, PreviewRow row, object data) =>
        journal.AppendAsync(
            new JournalEvent(type) { Workspace = row.Workspace, Device = row.SandboxId, Principal = caller.Principal, CallId = caller.CallId, Data = data }, CancellationToken.None);
}
