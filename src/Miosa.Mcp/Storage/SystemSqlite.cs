using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Miosa.Mcp.Storage;

/// <summary>Makes the provider use the SQLite that the system keeps up to date.</summary>
internal static class SystemSqlite
{
    private static readonly Lazy<bool> Loaded = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    });

    public static void Load() => _ = Loaded.Value;

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name is "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0") : 0;
}
