using Miosa.Devices.Templates;

namespace Miosa.Mcp.Templates;

/// <summary>The steps that turn a base into a template: packages, npm packages, files, commands, and then a clean system.</summary>
internal sealed class LayerBuilder(TemplateSpec spec, IProgress<TemplateProgress> progress)
{
    private int _step;

    private int Steps => Math.Min(1, spec.Packages.Count) + Math.Min(1, spec.Npm.Count) + Math.Min(1, spec.Files.Count) + spec.Commands.Count + 1;

    public async Task BuildAsync(BuildDevice device)
    {
        if (spec.Packages.Count > 0)
        {
            Say($"Installing {spec.Packages.Count} Debian packages");
            await device.RunAsync(["apt-get", "update"], "root", "apt-get update");
            await device.RunAsync(["apt-get", "install", "--yes", "--no-install-recommends", "--", .. spec.Packages], "root", $"apt-get install {string.Join(' ', spec.Packages)}");
            await device.RunAsync(["apt-get", "clean"], "root", "apt-get clean");
        }
        if (spec.Npm.Count > 0)
        {
            Say($"Installing {spec.Npm.Count} npm packages");
            await device.RunAsync(["npm", "install", "--global", "--", .. spec.Npm], "root", $"npm install --global {string.Join(' ', spec.Npm)}");
        }
        if (spec.Files.Count > 0)
        {
            Say($"Writing {spec.Files.Count} files");
            foreach (var file in spec.Files)
                await device.WriteAsync(file);
        }
        foreach (var command in spec.Commands)
        {
            var title = SpecReader.Show(command.Run);
            Say($"Running {title}");
            await device.RunAsync(["/bin/sh", "-e", "-c", command.Run], command.User, title, TimeSpan.FromSeconds(command.TimeoutSeconds));
        }
        Say("Cleaning up and keeping it");
        await SystemCleaner.CleanAsync(device.Door, device.Ending);
    }

    private void Say(string text) => progress.Report(new TemplateProgress(++_step, Steps, text));
}
