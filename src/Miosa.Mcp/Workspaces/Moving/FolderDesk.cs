using Miosa.Mcp.Calls;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces.Moving;

/// <summary>Answers `miosa workspace import`, `export` and `path`.</summary>
internal sealed class FolderDesk(WorkspaceContracts contracts, FolderImport import, FolderExport export)
{
    public async Task<FolderAnswer> AnswerAsync(FolderQuestion question, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            if (!WorkspaceNames.IsName(caller.WorkspaceName))
                throw WorkspaceNames.NotAName(caller.WorkspaceName);
            return question switch
            {
                { Do: FolderQuestion.Import, Directory: { } directory } => await import.RunAsync(caller, directory, question.Force, cancellationToken),
                { Do: FolderQuestion.Export, Directory: { } directory } => await export.RunAsync(caller, directory, question.Force, cancellationToken),
                { Do: FolderQuestion.Path } => Where(caller.WorkspaceName),
                _ => throw new ToolFailureException(ToolErrorCode.InvalidInput, $"This host does not know how to `{question.Do}` a folder.", "It may be older than the program that asks."),
            };
        }
        catch (ToolFailureException failure)
        {
            return new FolderAnswer { Done = false, Lines = [failure.Message, failure.NextStep] };
        }
    }

    /// <summary>
    /// The directory of this machine where there is one. The volume of a sandbox lies on this machine too, but whoever
    /// works in the sandbox decides there what is a link and who owns what: no program of a person belongs in it.
    /// </summary>
    private FolderAnswer Where(string workspace) => contracts.Row(workspace) switch
    {
        { Directory: { } directory } => new FolderAnswer { Done = true, Lines = [directory] },
        { SandboxId: { } id } => new FolderAnswer
        {
            Done = true,
            Lines = [$"{id}:{SandboxFolder.Root}", "That is inside the sandbox. Edit it there, or move it: miosa workspace export DIR, then miosa workspace import DIR."],
        },
        _ => throw WorkspaceFailures.NoContract(workspace, null),
    };
}
