"""The image of a sandbox: one static program of some 300 bytes, put together by hand, so that nothing has to be pulled or compiled.

The program, `pause [GID PATH...]`, lets zombies vanish (it ignores SIGCHLD, and is PID 1 where a pod shares its processes), ends at SIGTERM, gives each PATH
to everybody (mode 0777; of group GID with the setgid bit where it is not 0), as a kubelet does with an emptyDir, and then waits for ever.
"""

import io
import struct

IMAGE = "kctl.dev/pause:1"
PROGRAM = "/pause"
_BASE = 0x400000
_EXECUTABLE, _LOAD, _READ_EXECUTE = 2, 1, 5

_X86_64 = """
48 8b 1c 24          ; mov rbx,QWORD PTR [rsp]
48 8d 6c 24 08       ; lea rbp,[rsp+0x8]
6a 00                ; push 0x0
6a 00                ; push 0x0
6a 00                ; push 0x0
6a 01                ; push 0x1
6a 11                ; push 0x11
5f                   ; pop rdi
e8 74 00 00 00       ; call act
6a 00                ; push 0x0
48 8d 05 7c 00 00 00 ; lea rax,[rip+0x7c]
50                   ; push rax
68 00 00 00 04       ; push 0x4000000
50                   ; push rax
6a 0f                ; push 0xf
5f                   ; pop rdi
e8 5c 00 00 00       ; call act
83 fb 03             ; cmp ebx,0x3
7c 50                ; jl wait
48 8b 75 08          ; mov rsi,QWORD PTR [rbp+0x8]
31 db                ; xor ebx,ebx
0f b6 06             ; digit: movzx eax,BYTE PTR [rsi]
83 e8 30             ; sub eax,0x30
83 f8 09             ; cmp eax,0x9
77 0a                ; ja parsed
6b db 0a             ; imul ebx,ebx,0xa
01 c3                ; add ebx,eax
48 ff c6             ; inc rsi
eb eb                ; jmp digit
41 bc ff 01 00 00    ; parsed: mov r12d,0x1ff
85 db                ; test ebx,ebx
74 06                ; je path
41 bc ff 05 00 00    ; mov r12d,0x5ff
48 8b 7d 10          ; path: mov rdi,QWORD PTR [rbp+0x10]
48 85 ff             ; test rdi,rdi
74 1c                ; je wait
85 db                ; test ebx,ebx
74 0a                ; je mode
6a 5c                ; push 0x5c
58                   ; pop rax
6a ff                ; push 0xffffffffffffffff
5e                   ; pop rsi
89 da                ; mov edx,ebx
0f 05                ; syscall
6a 5a                ; mode: push 0x5a
58                   ; pop rax
44 89 e6             ; mov esi,r12d
0f 05                ; syscall
48 83 c5 08          ; add rbp,0x8
eb db                ; jmp path
6a 22                ; wait: push 0x22
58                   ; pop rax
0f 05                ; syscall
eb f9                ; jmp wait
6a 0d                ; act: push 0xd
58                   ; pop rax
48 8d 74 24 08       ; lea rsi,[rsp+0x8]
31 d2                ; xor edx,edx
6a 08                ; push 0x8
41 5a                ; pop r10
0f 05                ; syscall
c3                   ; ret
31 ff                ; end: xor edi,edi
b8 e7 00 00 00       ; mov eax,0xe7
0f 05                ; syscall
"""

_AARCH64 = """
f3 03 40 f9          ; ldr x19, [sp]
f4 23 00 91          ; add x20, sp, #0x8
ff 83 00 d1          ; sub sp, sp, #0x20
20 00 80 d2          ; mov x0, #0x1
e0 7f 00 a9          ; stp x0, xzr, [sp]
ff 7f 01 a9          ; stp xzr, xzr, [sp, #16]
20 02 80 d2          ; mov x0, #0x11
2b 00 00 94          ; bl act
09 06 00 10          ; adr x9, end
0a 80 a0 d2          ; mov x10, #0x4000000
e9 2b 00 a9          ; stp x9, x10, [sp]
e9 0b 00 f9          ; str x9, [sp, #16]
e0 01 80 d2          ; mov x0, #0xf
25 00 00 94          ; bl act
7f 0e 00 f1          ; cmp x19, #0x3
8b 03 00 54          ; b.lt wait
81 06 40 f9          ; ldr x1, [x20, #8]
13 00 80 d2          ; mov x19, #0x0
43 01 80 d2          ; mov x3, #0xa
22 14 40 38          ; digit: ldrb w2, [x1], #1
42 c0 00 51          ; sub w2, w2, #0x30
5f 24 00 71          ; cmp w2, #0x9
68 00 00 54          ; b.hi parsed
73 0a 03 1b          ; madd w19, w19, w3, w2
fb ff ff 17          ; b digit
94 42 00 91          ; parsed: add x20, x20, #0x10
f5 3f 80 d2          ; mov x21, #0x1ff
53 00 00 b4          ; cbz x19, path
f5 bf 80 d2          ; mov x21, #0x5ff
81 86 40 f8          ; path: ldr x1, [x20], #8
a1 01 00 b4          ; cbz x1, wait
60 0c 80 92          ; mov x0, #0xffffffffffffff9c
d3 00 00 b4          ; cbz x19, mode
02 00 80 92          ; mov x2, #0xffffffffffffffff
e3 03 13 aa          ; mov x3, x19
04 00 80 d2          ; mov x4, #0x0
c8 06 80 d2          ; mov x8, #0x36
01 00 00 d4          ; svc #0x0
60 0c 80 92          ; mode: mov x0, #0xffffffffffffff9c
e2 03 15 aa          ; mov x2, x21
a8 06 80 d2          ; mov x8, #0x35
01 00 00 d4          ; svc #0x0
f3 ff ff 17          ; b path
00 00 80 d2          ; wait: mov x0, #0x0
01 00 80 d2          ; mov x1, #0x0
02 00 80 d2          ; mov x2, #0x0
03 00 80 d2          ; mov x3, #0x0
28 09 80 d2          ; mov x8, #0x49
01 00 00 d4          ; svc #0x0
fa ff ff 17          ; b wait
e1 03 00 91          ; act: mov x1, sp
02 00 80 d2          ; mov x2, #0x0
03 01 80 d2          ; mov x3, #0x8
c8 10 80 d2          ; mov x8, #0x86
01 00 00 d4          ; svc #0x0
c0 03 5f d6          ; ret
00 00 80 d2          ; end: mov x0, #0x0
c8 0b 80 d2          ; mov x8, #0x5e
01 00 00 d4          ; svc #0x0
"""

_MACHINES = {"x86_64": (62, _X86_64), "amd64": (62, _X86_64), "aarch64": (183, _AARCH64), "arm64": (183, _AARCH64)}


def program(architecture: str) -> bytes:
    """Return the program as an ELF file; ValueError where there is none for the architecture."""
    if architecture not in _MACHINES:
        raise ValueError(f"no pods on the architecture {architecture!r}: there is no pause image for it, only for x86_64 and aarch64")
    machine, listing = _MACHINES[architecture]
    code = bytes.fromhex("".join(line.partition(";")[0] for line in listing.splitlines()))
    size = 64 + 56 + len(code)
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", _EXECUTABLE, machine, 1, _BASE + 64 + 56, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", _LOAD, _READ_EXECUTE, 0, _BASE, _BASE, size, size, 0x10000)
    return header + segment + code


def archive(architecture: str) -> bytes:
    """Return the root file system of the image, as an uncompressed tar archive that is always the same."""
    import tarfile

    content = program(architecture)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo(PROGRAM.lstrip("/"))
        entry.size, entry.mode = len(content), 0o755
        tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
