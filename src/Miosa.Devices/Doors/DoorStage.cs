namespace Miosa.Devices.Doors;

/// <summary>What a request was at when it failed: an errno alone cannot tell a missing command from a missing directory.</summary>
public enum DoorStage
{
    /// <summary>The request itself was refused.</summary>
    Request = 1,
    /// <summary>The user is not in the sandbox's passwd.</summary>
    User,
    /// <summary>The user's rights could not be taken on.</summary>
    Identity,
    /// <summary>The process's record could not be made: the id is taken, or there is no room.</summary>
    Record,
    /// <summary>No terminal could be had.</summary>
    Terminal,
    /// <summary>Nothing more can be started, as when the limit of processes is reached.</summary>
    Spawn,
    /// <summary>The working directory.</summary>
    Directory,
    /// <summary>The command.</summary>
    Command,
    /// <summary>The process that was asked about, or its keeper.</summary>
    Process,
    /// <summary>The file.</summary>
    File,
    /// <summary>The file is not as the request demanded: it exists, or was changed meanwhile.</summary>
    Condition,
}
