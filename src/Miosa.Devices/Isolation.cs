namespace Miosa.Devices;

/// <summary>How far a device is kept from the machine's kernel.</summary>
public enum Isolation
{
    /// <summary>Namespaces, a small capability set and a system call filter on the machine's own kernel.</summary>
    Standard,

    /// <summary>gVisor: system calls are answered by a kernel of its own in user space. Slower.</summary>
    Strong,
}
