using System.ComponentModel.DataAnnotations;

namespace Miosa.Mcp.Previews;

/// <summary>How the pages look that the edge shows in place of an app.</summary>
internal sealed class BrandingOptions
{
    [Required, StringLength(60)]
    public string Name { get; set; } = "Miosa";

    /// <summary>An image: an https or a data address.</summary>
    [RegularExpression("^(https://[^\\s\"'<>;,]+|data:image/[a-z.+-]+;base64,[A-Za-z0-9+/=]+)$", ErrorMessage = "Previews:Branding:Logo is an https address or a base64 data address of an image."), StringLength(100_000)]
    public string? Logo { get; set; }

    /// <summary>Of what leads on; six hex digits.</summary>
    [Required, RegularExpression("^#[0-9a-fA-F]{6}$", ErrorMessage = "Previews:Branding:Color is written as #rrggbb.")]
    public string Color { get; set; } = "#4f46e5";

    /// <summary>Where a visitor finds help.</summary>
    [RegularExpression("^(https?://|mailto:)[^\\s\"'<>]+$", ErrorMessage = "Previews:Branding:SupportUrl is an http, https or mailto address."), StringLength(500)]
    public string? SupportUrl { get; set; }
}
