using System.Reflection;

namespace Miosa.Workspaces.Tests;

public sealed class ArchitectureTests
{
    [Fact]
    public void The_contract_knows_nobody() =>
        Assert.DoesNotContain(typeof(Workspace).Assembly.GetReferencedAssemblies(), name => name.Name!.StartsWith("Miosa", StringComparison.OrdinalIgnoreCase) || name.Name.StartsWith("ModelContextProtocol", StringComparison.Ordinal) || name.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Fact]
    public void Every_code_has_a_number_of_its_own_a_title_and_a_line_in_the_reference()
    {
        var codes = typeof(Codes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!).ToList();
        var reference = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "reference.md"));

        Assert.Equal(codes.Distinct(), codes);
        Assert.Equal(codes.Order(StringComparer.Ordinal), CodeTitles.All.Keys.Order(StringComparer.Ordinal));
        Assert.All(codes, code => Assert.Contains($"| {code} |", reference, StringComparison.Ordinal));
    }
}
