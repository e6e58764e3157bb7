using System.Globalization;
using System.Runtime.InteropServices;

namespace Miosa.Devices.Native;

/// <summary>A process of the machine, told from a later one with the same number by when it started.</summary>
internal sealed partial record RunningProcess(int Pid, ulong StartTicks)
{
    private const long SysPidfdOpen = 434;
    private const long SysPidfdSendSignal = 424;
    private const short PollIn = 1;

    /// <summary>The process that has this number now; null when there is none, or only its remains.</summary>
    public static RunningProcess? Find(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        }
        catch (IOException)
        {
            return null;
        }
        // The second field is the program's name in parentheses and may hold anything, parentheses too.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : new(pid, ulong.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    public bool IsAlive => Find(Pid) == this;

    /// <summary>Sends a signal, and only to this process: a descriptor holds it while we look again.</summary>
    public bool Signal(int signal)
    {
        var fd = PidfdOpen(SysPidfdOpen, Pid, 0);
        if (fd < 0)
            return false;
        try
        {
            return IsAlive && PidfdSendSignal(SysPidfdSendSignal, fd, signal, 0, 0) == 0;
        }
        finally
        {
            _ = Libc.Close(fd);
        }
    }

    /// <summary>Whether it ended within <paramref name="limit"/>.</summary>
    public Task<bool> WaitForExitAsync(TimeSpan limit) => Task.Factory.StartNew(
        () =>
        {
            var fd = PidfdOpen(SysPidfdOpen, Pid, 0);
            if (fd < 0)
                return true;
            try
            {
                return !IsAlive || WaitReadable(fd, (int)limit.TotalMilliseconds);
            }
            finally
            {
                _ = Libc.Close(fd);
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static unsafe bool WaitReadable(int fd, int milliseconds)
    {
        var entry = new PollEntry { Fd = fd, Events = PollIn };
        return Poll(&entry, 1, milliseconds) > 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial int PidfdOpen(long number, int pid, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial int PidfdSendSignal(long number, int fd, int signal, nint info, uint flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Fd;
        public short Events;
        public short Returned;
    }
}
