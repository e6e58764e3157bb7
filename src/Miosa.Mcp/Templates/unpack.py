"""Unpacks an archive into a directory, inside a throw-away sandbox: a root file system, or an image of OCI or Docker.

Each layer is applied by a process that has changed its root to that directory, so that whatever names, links and
`..` an archive holds, nothing outside can be written.
"""
import bz2, ctypes, gzip, hashlib, json, lzma, os, platform, shutil, stat, sys, tarfile

MOST_ENTRIES = 1_000_000
MOST_JSON = 4 << 20
MOST_LAYERS = 200
CHUNK = 1 << 20
MOUNTED = ("proc", "sys", "dev", "run")
NOBODY = 65534


class Refused(Exception):
    pass


# ---- compression


class Zstd:
    """Python of Debian 12 has no zstd; its package manager has the library."""

    class Buffer(ctypes.Structure):
        _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t), ("pos", ctypes.c_size_t)]

    def __init__(self, source):
        self.source, self.left = source, b""
        self.lib = ctypes.CDLL("libzstd.so.1")
        self.lib.ZSTD_createDStream.restype = ctypes.c_void_p
        self.lib.ZSTD_decompressStream.restype = ctypes.c_size_t
        self.lib.ZSTD_decompressStream.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
        self.lib.ZSTD_isError.argtypes = [ctypes.c_size_t]
        self.stream = self.lib.ZSTD_createDStream()
        self.expected = 1

    def read(self, _):
        out = ctypes.create_string_buffer(CHUNK)
        while True:
            if not self.left:
                self.left = self.source.read(CHUNK)
            data = self.left
            given = self.Buffer(ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p), len(data), 0)
            made = self.Buffer(ctypes.cast(out, ctypes.c_void_p), CHUNK, 0)
            if data or self.expected:
                self.expected = self.lib.ZSTD_decompressStream(self.stream, ctypes.byref(made), ctypes.byref(given))
                if self.lib.ZSTD_isError(self.expected):
                    raise Refused("its zstd data is broken")
            self.left = data[given.pos:]
            if made.pos:
                return out.raw[: made.pos]
            if not data:
                if self.expected:
                    raise Refused("its zstd data breaks off")
                return b""


def decompressed(source):
    magic = source.read(6)
    source.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=source)
    if magic[:4] == b"\x28\xb5\x2f\xfd":
        return Zstd(source)
    if magic == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(source)
    if magic[:3] == b"BZh":
        return bz2.BZ2File(source)
    return source


class Slice:
    """A part of an open file."""

    def __init__(self, file, start, size):
        self.file, self.start, self.size, self.pos = file, start, size, 0

    def seek(self, pos, whence=0):
        self.pos = pos + (0, self.pos, self.size)[whence]
        return self.pos

    def tell(self):
        return self.pos

    def read(self, count=-1):
        left = max(0, self.size - self.pos)
        self.file.seek(self.start + self.pos)
        data = self.file.read(left if count is None or count < 0 else min(count, left))
        self.pos += len(data)
        return data


def plain(source, path):
    """The uncompressed bytes as a file, since a layer is read twice."""
    stream = decompressed(source)
    if stream is source and not isinstance(source, Slice):
        return source
    with open(path, "wb") as target:
        while data := stream.read(CHUNK):
            target.write(data)
    return open(path, "rb")


# ---- images


class Image:
    def __init__(self, file):
        self.file, self.entries, self.is_image = file, {}, False
        with tarfile.open(fileobj=file, mode="r:") as tar:
            for member in tar:
                if len(self.entries) < 20_000 and member.isreg():
                    self.entries[member.name.removeprefix("./")] = (member.offset_data, member.size)
                tar.members = []
        self.is_image = ("oci-layout" in self.entries and "index.json" in self.entries) or "manifest.json" in self.entries

    def open(self, name):
        if name not in self.entries:
            raise Refused(f"it names {name!r}, which is not in it")
        return Slice(self.file, *self.entries[name])

    def blob(self, descriptor):
        algorithm, _, digest = str(descriptor.get("digest")).partition(":")
        if algorithm != "sha256" or len(digest) != 64:
            raise Refused(f"it names a blob by {algorithm!r}; sha256 is known")
        found = self.open(f"blobs/sha256/{digest}")
        sum = hashlib.sha256()
        while data := found.read(CHUNK):
            sum.update(data)
        if sum.hexdigest() != digest:
            raise Refused(f"the blob {digest[:12]} is not what its digest says")
        found.seek(0)
        return found

    def json(self, file):
        if file.size > MOST_JSON:
            raise Refused("one of its descriptions is longer than any")
        return json.loads(file.read())

    def read(self, notes):
        """The layers, the lowest first, and the configuration."""
        if "index.json" in self.entries:
            manifest = self.manifest(self.json(self.open("index.json")), notes, 0)
            config = self.json(self.blob(manifest["config"]))
            return [self.blob(layer) for layer in manifest["layers"]], config
        images = self.json(self.open("manifest.json"))
        if len(images) > 1:
            notes.append(f"The archive holds {len(images)} images; the first was taken.")
        return [self.open(layer) for layer in images[0]["Layers"]], self.json(self.open(images[0]["Config"]))

    def manifest(self, index, notes, depth):
        if depth > 3:
            raise Refused("its indexes name each other without end")
        wanted = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        fitting, others = [], set()
        for entry in index["manifests"]:
            place = entry.get("platform") or {}
            machine = place.get("architecture", wanted)
            (fitting.append(entry) if machine == wanted and place.get("os", "linux") == "linux" else others.add(machine))
        if not fitting:
            raise Refused(f"it is for {', '.join(sorted(map(str, others)))}, and this machine is {wanted}")
        if len(fitting) > 1:
            notes.append(f"The archive holds {len(fitting)} images for this machine; the first was taken.")
        found = self.json(self.blob(fitting[0]))
        return self.manifest(found, notes, depth + 1) if "manifests" in found else found


# ---- one layer, with the directory as root


class Counts(dict):
    def add(self, what):
        self[what] = self.get(what, 0) + 1


def parts_of(name, counts):
    if name.startswith("/"):
        counts.add("absolute")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Refused(f"it names a path with `..`: {name[:200]!r}")
    return parts


def remove(path):
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    shutil.rmtree(path) if stat.S_ISDIR(mode) else os.unlink(path)


def make_parents(path):
    parent = os.path.dirname(path)
    if os.path.isdir(parent):
        return
    real = os.path.realpath(parent)
    at = "/"
    for part in real.split("/")[1:]:
        at = os.path.join(at, part)
        if os.path.lexists(at) and not os.path.isdir(at):
            os.unlink(at)
        os.makedirs(at, exist_ok=True)


def put(tar, member, path, counts):
    is_directory = member.isdir()
    if not (is_directory and os.path.isdir(path) and not os.path.islink(path)):
        remove(path)
    make_parents(path)
    if is_directory:
        os.makedirs(path, exist_ok=True)
    elif member.isreg():
        source = tar.extractfile(member)
        target = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        with open(target, "wb") as file:
            shutil.copyfileobj(source, file, CHUNK)
    elif member.issym():
        os.symlink(member.linkname, path)
    elif member.islnk():
        linked = "/" + "/".join(parts_of(member.linkname, counts))
        if not os.path.lexists(linked):
            counts.add("lost links")
            return
        os.link(linked, path, follow_symlinks=False)
        return
    elif member.isfifo():
        os.mkfifo(path)
    else:
        counts.add("devices" if member.isdev() else "unknown")
        return
    settle(member, path, counts)


def settle(member, path, counts):
    owner = [id if 0 <= id < 65536 else NOBODY for id in (member.uid, member.gid)]
    if owner != [member.uid, member.gid]:
        counts.add("owners")
    os.lchown(path, *owner)
    if not member.issym():
        os.chmod(path, member.mode & 0o7777)
    for key, value in member.pax_headers.items():
        name = key.removeprefix("SCHILY.xattr.")
        if name == key or not (name == "security.capability" or name.startswith("user.")):
            continue
        try:
            os.setxattr(path, name, value.encode("utf-8", "surrogateescape"), follow_symlinks=False)
        except OSError:
            counts.add("attributes")
    os.utime(path, (max(0, member.mtime), max(0, member.mtime)), follow_symlinks=False)


def apply_layer(file, counts, entries):
    # What it takes away is of the layers below it, whatever the order it is said in.
    for member, parts in members(file, counts, entries):
        if not parts[-1].startswith(".wh."):
            continue
        directory = "/" + "/".join(parts[:-1])
        if parts[-1] == ".wh..wh..opq":
            for name in os.listdir(directory) if os.path.isdir(directory) else []:
                remove(os.path.join(directory, name))
        elif parts[-1] not in (".wh.", ".wh..", ".wh..."):
            remove(os.path.join(directory, parts[-1][4:]))
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:") as tar:
        for member, parts in members(file, Counts(), entries, tar):
            if not parts[-1].startswith(".wh."):
                put(tar, member, "/" + "/".join(parts), counts)


def members(file, counts, entries, tar=None):
    if tar is None:
        file.seek(0)
        tar = tarfile.open(fileobj=file, mode="r:")
    for member in tar:
        tar.members = []
        entries[0] += 1
        if entries[0] > 2 * MOST_ENTRIES:
            raise Refused(f"it holds more than {MOST_ENTRIES} entries")
        parts = parts_of(member.name, counts)
        if parts and not (parts[0] in MOUNTED and len(parts) > 1) and parts[0] not in MOUNTED:
            yield member, parts


# ---- what every sandbox has


def prepare(notes):
    for directory in ("etc", "home", "workspace", "tmp", "root"):
        if not os.path.isdir("/" + directory):
            remove("/" + directory)
            os.makedirs("/" + directory)
    os.chmod("/tmp", 0o1777)
    uid, gid = user()
    for directory in ("/workspace", "/home/agent"):
        os.makedirs(directory, exist_ok=True)
        os.lchown(directory, uid, gid)
    if not text("/etc/hosts").strip():
        write("/etc/hosts", "127.0.0.1 localhost sandbox\n::1 localhost ip6-localhost ip6-loopback\n")
    if not os.path.exists("/bin/sh"):
        notes.append("It has no /bin/sh.")
    elif not os.path.exists("/bin/bash") and os.path.isdir("/bin"):
        remove("/bin/bash")
        write("/bin/bash", '#!/bin/sh\nexec /bin/sh "$@"\n', 0o755)
        notes.append("It has no bash; /bin/bash hands commands to its /bin/sh.")


def user():
    passwd = [line for line in text("/etc/passwd").splitlines() if line.count(":") >= 6]
    if not passwd:
        passwd = ["root:x:0:0:root:/root:/bin/sh"]
    for line in passwd:
        name, _, uid, gid = line.split(":")[:4]
        if name == "agent" and uid.isdigit() and gid.isdigit() and 0 < int(uid) < 65536 and int(gid) < 65536:
            return int(uid), int(gid)
    passwd = [line for line in passwd if not line.startswith("agent:")]
    write("/etc/passwd", "\n".join([*passwd, "agent:x:1000:1000::/home/agent:/bin/sh", ""]))
    groups = [line for line in text("/etc/group").splitlines() if line.count(":") >= 3 and not line.startswith("agent:")]
    write("/etc/group", "\n".join([*(groups or ["root:x:0:"]), "agent:x:1000:", ""]))
    return 1000, 1000


def text(path):
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return ""
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def write(path, content, mode=0o644):
    with open(path + ".new", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(content)
    os.chmod(path + ".new", mode)
    os.replace(path + ".new", path)


# ---- putting it together


def confined(root, work):
    """Runs the work in a process whose root is the directory, and gives what it answers."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.chroot(root)
            os.chdir("/")
            answer = {"ok": work()}
        except Refused as refusal:
            answer = {"refused": str(refusal)}
        except (OSError, tarfile.TarError, EOFError, ValueError) as failure:
            answer = {"refused": f"{type(failure).__name__}: {failure}"}
        os.write(writer, json.dumps(answer).encode()[:60_000])
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        answer = json.loads(pipe.read() or b'{"refused": "what unpacked it was ended"}')
    os.waitpid(child, 0)
    if "refused" in answer:
        raise Refused(answer["refused"])
    return answer["ok"]


def layer(file, counts, entries):
    apply_layer(file, counts, entries)
    return [counts, entries]


def said(counts):
    words = {
        "absolute": "absolute names were taken below the root",
        "devices": "device files were left out; every sandbox has its own",
        "unknown": "entries of a kind that is not known were left out",
        "lost links": "hard links to nothing were left out",
        "owners": "files had owners above 65535 and belong to nobody (65534) now",
        "attributes": "extended attributes could not be set",
    }
    return [f"{count} {words[what]}." for what, count in counts.items()]


def about(config, notes):
    settings = config.get("config") or {}
    start = [str(word) for key in ("Entrypoint", "Cmd") for word in settings.get(key) or []]
    if start:
        notes.append(f"The image starts `{' '.join(start)[:200]}`; run that with sandbox_exec or as a service.")
    names = [str(line).partition("=")[0] for line in settings.get("Env") or []]
    if extra := [name for name in names if name != "PATH"][:20]:
        notes.append(f"The image sets {', '.join(extra)[:200]}; commands get them only when they are passed as env.")
    ports = [str(port).partition("/")[0] for port in settings.get("ExposedPorts") or {}]
    return [int(port) for port in ports if port.isdigit()]


def run(archive, root, report):
    sys.setrecursionlimit(2_000)
    os.makedirs(root)
    os.chmod(root, 0o755)
    with open(archive, "rb") as packed:
        file = plain(packed, archive + ".plain")
        notes, ports, counts, entries = [], [], Counts(), [0]
        try:
            image = Image(file)
        except tarfile.TarError as failure:
            raise Refused(f"it is no tar: {failure}")
        if not image.entries and not os.path.getsize(archive):
            raise Refused("it is empty")
        layers, config = image.read(notes) if image.is_image else ([file], {})
        if len(layers) > MOST_LAYERS:
            raise Refused(f"it has {len(layers)} layers; {MOST_LAYERS} is the most")
        for number, packed_layer in enumerate(layers):
            print(f"layer {number + 1} of {len(layers)}", flush=True)
            path = f"{archive}.layer"
            tar = plain(packed_layer, path) if image.is_image else packed_layer
            counts, entries = confined(root, lambda: layer(tar, Counts(counts), entries))
            if image.is_image:
                os.unlink(path)
        ports = about(config, notes) if isinstance(config, dict) else []
    prepared = []
    notes += said(counts) + confined(root, lambda: (prepare(prepared), prepared)[1])
    with open(report, "w", encoding="utf-8") as target:
        json.dump({"notes": notes, "ports": ports}, target)


try:
    run(*sys.argv[1:4])
except Refused as refusal:
    sys.exit(f"The archive was refused: {refusal}.")
except (OSError, tarfile.TarError, EOFError, ValueError, KeyError, TypeError, IndexError, RecursionError, lzma.LZMAError, AttributeError) as failure:
    sys.exit(f"The archive could not be unpacked: {type(failure).__name__}: {failure}.")
