using System.Text.Encodings.Web;
using System.Text.Json;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>Facts of a contract as JSON.</summary>
internal static class FactJson
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    public static string Write(Fact fact, bool indented = false) => JsonSerializer.Serialize(fact, indented ? Indented : Compact);

    public static JsonElement Element(Fact fact) => JsonSerializer.SerializeToElement(fact, Compact);
}
