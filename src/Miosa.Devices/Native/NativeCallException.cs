namespace Miosa.Devices.Native;

/// <summary>A system call failed.</summary>
internal sealed class NativeCallException(string call, int errno, string message)
    : IOException($"{call}: {message} (errno {errno})")
{
    public int Errno { get; } = errno;
}
