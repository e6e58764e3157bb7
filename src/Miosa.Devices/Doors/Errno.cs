namespace Miosa.Devices.Doors;

#pragma warning disable CA1008 // Zero is no error, and has no name.
/// <summary>The system's own error numbers, by their own names.</summary>
public enum Errno
{
    EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, EIO = 5, ENXIO = 6, E2BIG = 7, ENOEXEC = 8, EBADF = 9, ECHILD = 10,
    EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14, ENOTBLK = 15, EBUSY = 16, EEXIST = 17, EXDEV = 18, ENODEV = 19,
    ENOTDIR = 20, EISDIR = 21, EINVAL = 22, ENFILE = 23, EMFILE = 24, ENOTTY = 25, ETXTBSY = 26, EFBIG = 27, ENOSPC = 28,
    ESPIPE = 29, EROFS = 30, EMLINK = 31, EPIPE = 32, ENAMETOOLONG = 36, ENOSYS = 38, ENOTEMPTY = 39, ELOOP = 40,
    EBADMSG = 74, EOVERFLOW = 75, EMSGSIZE = 90, EPROTONOSUPPORT = 93, EOPNOTSUPP = 95, ECONNABORTED = 103,
    ECONNREFUSED = 111, ETIMEDOUT = 110, ESTALE = 116, EDQUOT = 122,
}
#pragma warning restore CA1008
