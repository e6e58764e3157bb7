using System.Security.Cryptography;
using System.Text;
using Miosa.Devices;

namespace Miosa.Mcp.Hosting;

/// <summary>The directory that holds everything the host owns, and the names in it.</summary>
internal sealed record MiosaHome
{
    public const string Variable = "MIOSA_HOME";

    // sockaddr_un has room for 108 bytes, the last of which is the closing zero.
    private const int SocketPathLimit = 107;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public MiosaHome(string path) => Path = System.IO.Path.GetFullPath(path);

    public string Path { get; }

    public string RunDirectory => System.IO.Path.Combine(Path, "run");

    public string LogDirectory => System.IO.Path.Combine(Path, "logs");

    public string SocketFile => System.IO.Path.Combine(RunDirectory, "miosa.sock");

    public string LockFile => System.IO.Path.Combine(RunDirectory, "host.lock");

    public string IdentityFile => System.IO.Path.Combine(RunDirectory, "host.json");

    /// <summary>Held by the bridge that starts the host, so that ten clients at once start one.</summary>
    public string StartFile => System.IO.Path.Combine(RunDirectory, "start.lock");

    public string DatabaseFile => System.IO.Path.Combine(Path, "miosa.db");

    /// <summary>Where sandboxes are kept; it may be a link to a larger disk. What runs lies outside the home: its paths must be short.</summary>
    public EngineOptions Engine
    {
        get
        {
            var data = System.IO.Path.Combine(Path, "engine");
            var seed = SHA256.HashData(Encoding.UTF8.GetBytes(Path));
            return new EngineOptions
            {
                DataDirectory = Directory.Exists(data) ? Directory.ResolveLinkTarget(data, returnFinalTarget: true)?.FullName ?? data : data,
                RunDirectory = System.IO.Path.Combine("/run/miosa", Convert.ToHexStringLower(seed)[..12]),
                DoorPath = System.IO.Path.Combine(AppContext.BaseDirectory, "miosa-door"),
                Certificates = MachineCertificates.Find(),
                FirstUserId = EngineOptions.UserIdsFor(BitConverter.ToUInt32(seed)),
            };
        }
    }

    /// <summary>Whether what is in the engine's directory is this home's alone: a link may lead to one that others use too.</summary>
    public bool OwnsEngine => new DirectoryInfo(System.IO.Path.Combine(Path, "engine")).LinkTarget is null;

    public string KeyFile => System.IO.Path.Combine(Path, "keys.json");

    public string SessionSecretFile => System.IO.Path.Combine(RunDirectory, "session.secret");

    public string SettingsFile => System.IO.Path.Combine(Path, "settings.json");

    /// <summary>Where a host that was started detached puts what it would have said on its terminal.</summary>
    public string ConsoleFile => System.IO.Path.Combine(LogDirectory, "console.log");

    /// <summary>The home that was asked for on the command line, else in the environment, else <c>~/.miosa</c>.</summary>
    public static MiosaHome Resolve(string? option)
    {
        var named = option is { Length: > 0 } ? option : Environment.GetEnvironmentVariable(Variable);
        return named is { Length: > 0 } ? new MiosaHome(named) : Default;
    }

    /// <summary>The one of those who name none.</summary>
    public static MiosaHome Default => new(System.IO.Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".miosa"));

    /// <summary>Makes what is missing, for its owner only.</summary>
    public void Create()
    {
        if (Encoding.UTF8.GetByteCount(SocketFile) > SocketPathLimit)
            throw new IOException($"The path {SocketFile} is too long for a unix socket ({SocketPathLimit} bytes at most). Choose a shorter home with --home or {Variable}.");

        foreach (var directory in (string[])[Path, RunDirectory, LogDirectory])
        {
            Directory.CreateDirectory(directory, OwnerOnly);
            if (File.GetUnixFileMode(directory) != OwnerOnly)
                File.SetUnixFileMode(directory, OwnerOnly);
        }
    }
}
