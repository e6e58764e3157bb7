using Miosa.Mcp.Workspaces;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>What is known to have changed in a folder, until somebody looks.</summary>
public sealed class ContractSlotTests
{
    private readonly ContractSlot _slot = new(new WorkspaceRow { Name = "acme", CreatedAt = DateTimeOffset.UnixEpoch }, new FolderMirror("/nowhere", "acme"));

    [Fact]
    public void The_first_who_tells_has_somebody_look_and_what_the_others_tell_goes_with_it()
    {
        Assert.True(_slot.Touch(["a"]));
        Assert.False(_slot.Touch(["b"]));

        Assert.Equal(["a", "b"], _slot.TakeSuspects()!.Order(StringComparer.Ordinal));
        Assert.True(_slot.Touch(["c"]));
    }

    [Fact]
    public void Where_it_is_not_known_which_or_they_are_too_many_it_may_be_any_file()
    {
        _slot.Touch(null);
        _slot.Touch(["a"]);
        Assert.Null(_slot.TakeSuspects());

        _slot.Touch([.. Enumerable.Range(0, 5_000).Select(i => $"{i}")]);
        Assert.Null(_slot.TakeSuspects());
        Assert.Empty(_slot.TakeSuspects()!);
    }

    [Fact]
    public void What_could_not_be_looked_at_is_still_to_be_looked_at()
    {
        _slot.Touch(["a"]);
        var taken = _slot.TakeSuspects();
        _slot.Touch(["b"]);
        _slot.PutBack(taken);

        Assert.Equal(["a", "b"], _slot.TakeSuspects()!.Order(StringComparer.Ordinal));
    }
}
