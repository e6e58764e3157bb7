namespace Miosa.Mcp.Templates;

/// <summary>A specification that cannot be taken: every problem found, each with where it is.</summary>
internal sealed class SpecException(IReadOnlyList<string> problems) : Exception(string.Join(" ", problems))
{
    public SpecException(string problem)
        : this([problem])
    {
    }

    public IReadOnlyList<string> Problems { get; } = problems;
}
