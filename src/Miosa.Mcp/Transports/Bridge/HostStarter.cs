using System.Runtime.InteropServices;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Transports.Bridge;

/// <summary>
/// Starts a host that outlives whoever starts it: a session of its own, none of the starter's descriptors, and only
/// those environment variables that a host needs. A client's environment is full of keys that are not ours to keep.
/// </summary>
internal static unsafe partial class HostStarter
{
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;
    private const int ReadOnly = 0;
    private const int WriteCreateTruncate = 0x1 | 0x40 | 0x200;
    private const uint OwnerReadWrite = 0x180;

    // Larger than the C library's posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t ever were.
    private const int OpaqueBytes = 1024;

    private static readonly string[] PassedOn =
        ["HOME", "PATH", "LANG", "TZ", "TMPDIR", "USER", "LOGNAME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    private static readonly string[] PassedOnBeginnings = ["MIOSA_", "DOTNET_", "LC_", "XDG_"];

    /// <summary>Starts the host of this home. The task ends with its exit code, when it ends before this process does.</summary>
    public static Task<int> Start(MiosaHome home)
    {
        var pid = Spawn([.. Executable.Command, .. Arguments(home)], Environment(), home);

        // Somebody has to collect the exit code, or a dead host would stay in the process table as long as we live.
        var exit = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => exit.SetResult(WaitPid(pid, out var status, 0) == pid ? (status >> 8) & 0xFF : 0)) { IsBackground = true, Name = "host watch" }.Start();
        return exit.Task;
    }

    internal static string[] Arguments(MiosaHome home) => ["serve", "--detached", "--home", home.Path];

    /// <summary>The home of a host that was started so; null for any other command line.</summary>
    public static MiosaHome? TryParse(string[] arguments) =>
        arguments is ["serve", "--detached", "--home", { Length: > 0 } home] ? new MiosaHome(home) : null;

    internal static IReadOnlyList<string> Environment() =>
    [
        .. System.Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(IsPassedOn).Order(StringComparer.Ordinal)
            .Select(name => $"{name}={System.Environment.GetEnvironmentVariable(name)}"),
    ];

    private static bool IsPassedOn(string name) =>
        PassedOn.Contains(name, StringComparer.Ordinal) || PassedOnBeginnings.Any(b => name.StartsWith(b, StringComparison.Ordinal));

    private static int Spawn(string[] arguments, IReadOnlyList<string> environment, MiosaHome home)
    {
        var actions = stackalloc long[OpaqueBytes / sizeof(long)];
        var attributes = stackalloc long[OpaqueBytes / sizeof(long)];
        var emptyMask = stackalloc long[OpaqueBytes / sizeof(long)];
        Check(ActionsInit(actions));
        Check(AttributesInit(attributes));
        using var argv = new CStrings(arguments);
        using var envp = new CStrings(environment);
        try
        {
            Check(AttributesSetMask(attributes, emptyMask));
            Check(AttributesSetFlags(attributes, SetSession | SetSignalMask));
            Check(ActionsOpen(actions, 0, "/dev/null", ReadOnly, 0));
            Check(ActionsOpen(actions, 1, home.ConsoleFile, WriteCreateTruncate, OwnerReadWrite));
            Check(ActionsDup(actions, 1, 2));
            Check(ActionsCloseFrom(actions, 3));
            Check(ActionsChangeDirectory(actions, home.Path));
            Check(PosixSpawn(out var pid, arguments[0], actions, attributes, argv.Pointer, envp.Pointer));
            return pid;
        }
        finally
        {
            _ = ActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
        }
    }

    private static void Check(int error)
    {
        if (error is not 0)
            throw new IOException($"The host could not be started: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PosixSpawn(out int pid, string path, void* actions, void* attributes, byte** argv, byte** envp);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int ActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ActionsOpen(void* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int ActionsDup(void* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    private static partial int ActionsCloseFrom(void* actions, int first);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ActionsChangeDirectory(void* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int AttributesDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int AttributesSetMask(void* attributes, void* mask);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int pid, out int status, int options);

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed class CStrings : IDisposable
    {
        private readonly int _count;

        public CStrings(IReadOnlyList<string> strings)
        {
            _count = strings.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
                Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
                Marshal.FreeCoTaskMem((nint)Pointer[i]);
            NativeMemory.Free(Pointer);
        }
    }
}
