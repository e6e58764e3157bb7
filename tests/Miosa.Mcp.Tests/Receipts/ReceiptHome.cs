using Microsoft.Extensions.Logging.Abstractions;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Receipts.Verification;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Tests.Receipts;

/// <summary>A home with receipts only: the real service, files and database, and hosts that follow each other.</summary>
internal sealed class ReceiptHome : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ReceiptOptions _options;
    private Database? _database;
    private ReceiptService? _service;

    public ReceiptHome(int anchorEvery = 1_000)
    {
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        _options = new ReceiptOptions { AnchorEvery = anchorEvery };
        Folders = new ReceiptFolders(_directory.File("receipts"));
    }

    public ReceiptFolders Folders { get; }

    public FakeTime Time { get; } = new();

    public string DatabaseFile => _directory.File("miosa.db");

    public ReceiptService Service => _service ?? throw new InvalidOperationException("Start it first.");

    /// <summary>A host that finds what the last one left.</summary>
    public async Task<ReceiptService> StartAsync()
    {
        await StopAsync();
        _database = new Database(DatabaseFile);
        var store = new ReceiptStore(_database);
        var log = new ReceiptLog(Folders, _options, Time, NullLogger<ReceiptLog>.Instance);
        _service = new ReceiptService(Folders, log, new ReceiptIndexer(Folders, store, Time, NullLogger<ReceiptIndexer>.Instance), store, Time, NullLogger<ReceiptService>.Instance);
        await _service.StartAsync(CancellationToken.None);
        await _service.Recovered;
        return _service;
    }

    public async Task StopAsync()
    {
        if (_service is not null)
            await _service.StopAsync(CancellationToken.None);
        _database?.Dispose();
        (_service, _database) = (null, null);
    }

    public static ReceiptDraft Draft(string callId = "call_1", ReceiptKind kind = ReceiptKind.Completed, string workspace = "acme", string capability = "sandbox.exec") => new()
    {
        Kind = kind,
        Workspace = workspace,
        Principal = "local:1000",
        Agent = "dev",
        Transport = Caller.Stdio,
        CallId = callId,
        CallHash = CanonicalJson.Hash("{}"u8),
        ParametersHash = CanonicalJson.Hash("[]"u8),
        Capability = capability,
        CapabilityVersion = 1,
        Risk = Risk.Write,
        Decision = kind is ReceiptKind.Decision ? ReceiptDecision.Allow : null,
        Device = "sbx_1",
        StartedAt = new DateTimeOffset(2026, 11, 21, 11, 59, 0, TimeSpan.Zero),
        EndedAt = kind is ReceiptKind.Completed ? new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero) : null,
    };

    public async Task WriteAsync(int count, string workspace = "acme")
    {
        for (var i = 1; i <= count; i++)
            await Service.RecordAsync(Draft($"call_{i}", workspace: workspace), TestContext.Current.CancellationToken);
    }

    /// <summary>A copy as a stranger gets it.</summary>
    public string Export(string name = "copy", string workspace = "acme")
    {
        var target = _directory.File(name);
        ReceiptExport.Copy(Folders, workspace, target, Time);
        return target;
    }

    public ChainReport VerifyOriginal(string workspace = "acme") => Assert.Single(ReceiptVerifier.Verify(Folders.WorkspaceOf(workspace), new Trust()).Chains);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }
}
