namespace Miosa.Devices.Templates;

/// <summary>Where the building of a template is: step <paramref name="Step"/> of <paramref name="Steps"/>.</summary>
public sealed record TemplateProgress(int Step, int Steps, string Text);
