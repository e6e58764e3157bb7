namespace Miosa.Workspaces.Reading;

/// <summary>The YAML means more than is read. It never leaves the reader.</summary>
internal sealed class YamlBoundException(string code, int at, string message, string mend) : Exception(message)
{
    public string Code => code;
    public int At => at;
    public string Mend => mend;
}

/// <summary>It is not YAML. It never leaves the reader.</summary>
internal sealed class YamlFaultException(int at, string message) : Exception(message)
{
    public int At => at;
}
