using System.Globalization;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>The port that this home's links name. Once one was taken it stays, so that links go on working.</summary>
internal sealed class EdgePort(MiosaHome home)
{
    private readonly string _file = Path.Combine(home.Path, "previews.port");

    public int? Read() => File.Exists(_file) && int.TryParse(File.ReadAllText(_file), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;

    public void Write(int port)
    {
        var next = _file + ".new";
        File.WriteAllText(next, port.ToString(CultureInfo.InvariantCulture));
        File.Move(next, _file, overwrite: true);
    }
}
