namespace Miosa.Devices;

/// <summary>The machine could not do what was asked: what happened, and what a person can do about it.</summary>
public sealed class EngineException(string message, string remedy, Exception? inner = null) : Exception(message, inner)
{
    public string Remedy { get; } = remedy;

    /// <summary>Whether it is for want of room, so that freeing some mends it.</summary>
    public bool IsDiskFull { get; init; }
}
