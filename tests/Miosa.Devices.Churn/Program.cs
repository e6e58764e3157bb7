using Miosa.Devices;

// Makes, restores, copies and removes devices and snapshots without an end, one line before each step. It is there to be
// killed: whatever moment that is, everything left behind must be whole.
await using var engine = new LocalEngine(
    new EngineOptions { DataDirectory = args[0], RunDirectory = args[1], DoorPath = args[2], FirstUserId = uint.Parse(args[3], null), Volumes = Enum.Parse<VolumeChoice>(args[4]), LeastFreeBytes = 0 },
    TimeProvider.System);
await engine.OpenAsync(CancellationToken.None);

var random = new Random();
while (true)
{
    var snapshots = engine.FindSnapshots();
    var forks = engine.FindLeftovers().Where(id => id != "one").ToList();
    var source = snapshots[random.Next(snapshots.Count)];
    var name = Guid.NewGuid().ToString("n")[..8];
    var step = random.Next(7);
    Console.WriteLine(step);
    await (step switch
    {
        0 when snapshots.Count < 8 => engine.SnapshotAsync("one", name, CancellationToken.None),
        1 => engine.RestoreAsync(Spec("one"), source, CancellationToken.None),
        2 when forks.Count < 6 => engine.CreateFromSnapshotAsync(Spec(name), source, CancellationToken.None),
        3 when snapshots.Count > 2 => engine.DeleteSnapshotAsync(snapshots.First(id => id is not ("a" or "b")), CancellationToken.None),
        4 when forks.Count > 0 => engine.DestroyAsync(forks[0], CancellationToken.None),
        // Layers that what stands on them outlives.
        5 when engine.FindLayers().Count < 3 => engine.KeepAsLayerAsync("one", name, CancellationToken.None),
        6 when engine.FindLayers() is [var layer, ..] => DropLayerAsync(layer, name),
        _ => Task.CompletedTask,
    });
}

async Task DropLayerAsync(string layer, string name)
{
    if (engine.FindLeftovers().Count < 7)
        await engine.CreateAsync(Spec(name) with { Template = layer }, CancellationToken.None);
    await engine.DeleteLayerAsync(layer, CancellationToken.None);
}

static DeviceSpec Spec(string id) => new() { Id = id, Hostname = "churn", Template = "a", Size = DeviceSize.All[0], Slot = 0 };
