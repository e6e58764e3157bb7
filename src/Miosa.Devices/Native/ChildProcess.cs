using System.Runtime.InteropServices;
using System.Text;

namespace Miosa.Devices.Native;

/// <summary>
/// Starts a program with exactly the descriptors named, through posix_spawn. <see cref="System.Diagnostics.Process"/>
/// cannot hand a listening socket to a child; and the child inherits the namespaces of the calling thread, which is
/// how a runtime gets a mount namespace that only it sees.
/// </summary>
internal static partial class ChildProcess
{
    private const short SetSignalMask = 0x08;
    private const short SetSignalDefaults = 0x04;
    private const short SetSession = 0x80;
    private const int OpenReadWriteFlag = 2;

    /// <summary>Starts <paramref name="path"/> with nothing but /dev/null as standard streams and, if given, one descriptor as number 3.</summary>
    /// <returns>The process id; collect it with <see cref="WaitAsync"/>.</returns>
    public static unsafe int Start(string path, IReadOnlyList<string> arguments, int? descriptor3 = null)
    {
        // Both structures are opaque and far smaller than this in glibc and musl.
        var actions = stackalloc byte[512];
        var attributes = stackalloc byte[1024];
        var signals = stackalloc byte[128];
        CheckSpawn(FileActionsInit(actions), "posix_spawn_file_actions_init");
        CheckSpawn(AttributesInit(attributes), "posix_spawnattr_init");
        try
        {
            for (var fd = 0; fd < 3; fd++)
                CheckSpawn(AddOpen(actions, fd, "/dev/null", OpenReadWriteFlag, 0), "posix_spawn_file_actions_addopen");
            if (descriptor3 is { } source)
                CheckSpawn(AddDuplicate(actions, source, 3), "posix_spawn_file_actions_adddup2");

            // .NET ignores SIGPIPE and blocks some signals; a child must start without either.
            _ = SignalSetFill(signals);
            CheckSpawn(AttributesSetDefaults(attributes, signals), "posix_spawnattr_setsigdefault");
            _ = SignalSetEmpty(signals);
            CheckSpawn(AttributesSetMask(attributes, signals), "posix_spawnattr_setsigmask");
            CheckSpawn(AttributesSetFlags(attributes, SetSignalMask | SetSignalDefaults | SetSession), "posix_spawnattr_setflags");

            using var argv = new NativeStrings([path, .. arguments]);
            using var env = new NativeStrings(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]);
            int pid;
            CheckSpawn(Spawn(&pid, path, actions, attributes, argv.Pointer, env.Pointer), $"start {path}");
            return pid;
        }
        finally
        {
            _ = FileActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
        }
    }

    /// <summary>The exit code, or 128 + n where signal n ended it.</summary>
    public static Task<int> WaitAsync(int pid) => Task.Factory.StartNew(
        static state =>
        {
            unsafe
            {
                int status;
                while (Libc.WaitPid((int)state!, &status, 0) < 0)
                {
                    var errno = Marshal.GetLastPInvokeError();
                    if (errno != 4 /* EINTR */)
                        throw new NativeCallException("waitpid", errno, Marshal.GetPInvokeErrorMessage(errno));
                }
                return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
            }
        },
        pid, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void CheckSpawn(int errno, string what)
    {
        if (errno != 0)
            throw new NativeCallException(what, errno, Marshal.GetPInvokeErrorMessage(errno));
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Spawn(int* pid, string path, byte* actions, byte* attributes, byte** argv, byte** env);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static unsafe partial int FileActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static unsafe partial int FileActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int AddOpen(byte* actions, int fd, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static unsafe partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static unsafe partial int AttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static unsafe partial int AttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static unsafe partial int AttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static unsafe partial int AttributesSetDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static unsafe partial int AttributesSetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static unsafe partial int SignalSetFill(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static unsafe partial int SignalSetEmpty(byte* signals);

    /// <summary>A NULL-terminated array of C strings.</summary>
    private sealed unsafe class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(IReadOnlyList<string> strings)
        {
            _count = strings.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                if (strings[i].Contains('\0', StringComparison.Ordinal))
                    throw new ArgumentException("A program's argument cannot hold a NUL character.", nameof(strings));
                var bytes = Encoding.UTF8.GetBytes(strings[i] + '\0');
                Pointer[i] = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
                bytes.CopyTo(new Span<byte>(Pointer[i], bytes.Length));
            }
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
                NativeMemory.Free(Pointer[i]);
            NativeMemory.Free(Pointer);
        }
    }
}
