namespace Miosa.Devices.Doors;

internal enum DoorVerb : byte
{
    Info = 1, Start, Tail, List, Input, Signal, Resize,
    Stat = 16, Read, Write, ListFiles, MakeDirectory, Rename, Copy, Delete, Watch,
}

internal enum DoorFrame : byte
{
    Output = 1, Error, Gap, Skip,
    Ok = 16, Failed, Started, Exit, Data, End, Item, Changes, Overflow,
}
