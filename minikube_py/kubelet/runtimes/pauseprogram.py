"""The one program in a sandbox's image: static, some 500 bytes, put together by hand, so that nothing has to be pulled or compiled.

- `pause [GID PATH...]` lets zombies vanish (it ignores SIGCHLD, and is PID 1 where a pod shares its processes), ends at SIGTERM, gives each PATH to
  everybody (mode 0777; of group GID with the setgid bit where it is not 0), as a kubelet does with an emptyDir, and then waits for ever.
- `pause connect ADDRESS PORT` connects to a TCP port and writes one `+`. Then it carries standard input there, and what comes from there to standard
  output, until that ends. `pause try ADDRESS PORT` only connects. ADDRESS is an IPv4 address as one decimal number. Where nobody answers,
  the exit code is the system's error number.
"""

import struct

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
e8 6c 00 00 00       ; call act
6a 00                ; push 0x0
48 8d 05 2c 01 00 00 ; lea rax,[rip+end]
50                   ; push rax
68 00 00 00 04       ; push 0x4000000
50                   ; push rax
6a 0f                ; push 0xf
5f                   ; pop rdi
e8 54 00 00 00       ; call act
83 fb 03             ; cmp ebx,0x3
7c 48                ; jl wait
48 8b 75 08          ; mov rsi,QWORD PTR [rbp+0x8]
44 0f b6 3e          ; movzx r15d,BYTE PTR [rsi]
41 83 ff 61          ; cmp r15d,0x61
73 6a                ; jae connect
e8 4d 00 00 00       ; call number
41 bc ff 01 00 00    ; mov r12d,0x1ff
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
6a ff                ; push -1
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
31 db                ; number: xor ebx,ebx
0f b6 06             ; digit: movzx eax,BYTE PTR [rsi]
83 e8 30             ; sub eax,0x30
83 f8 09             ; cmp eax,0x9
77 0a                ; ja parsed
6b db 0a             ; imul ebx,ebx,0xa
01 c3                ; add ebx,eax
48 ff c6             ; inc rsi
eb eb                ; jmp digit
c3                   ; parsed: ret
48 8b 75 10          ; connect: mov rsi,QWORD PTR [rbp+0x10]
e8 df ff ff ff       ; call number
41 89 dc             ; mov r12d,ebx
41 0f cc             ; bswap r12d
48 8b 75 18          ; mov rsi,QWORD PTR [rbp+0x18]
e8 d0 ff ff ff       ; call number
66 c1 c3 08          ; rol bx,8
6a 02                ; push 0x2
5f                   ; pop rdi
6a 01                ; push 0x1
5e                   ; pop rsi
31 d2                ; xor edx,edx
6a 29                ; push 0x29
58                   ; pop rax
0f 05                ; syscall
41 89 c5             ; mov r13d,eax
49 c1 e4 20          ; shl r12,0x20
48 c1 e3 10          ; shl rbx,0x10
49 09 dc             ; or r12,rbx
49 83 cc 02          ; or r12,0x2
6a 00                ; push 0x0
41 54                ; push r12
48 89 e6             ; mov rsi,rsp
6a 10                ; push 0x10
5a                   ; pop rdx
44 89 ef             ; mov edi,r13d
6a 2a                ; push 0x2a
58                   ; pop rax
0f 05                ; syscall
85 c0                ; test eax,eax
75 58                ; jne failed
41 83 ff 74          ; cmp r15d,0x74
74 49                ; je end
6a 2b                ; push 0x2b
48 89 e6             ; mov rsi,rsp
6a 01                ; push 0x1
5f                   ; pop rdi
89 fa                ; mov edx,edi
89 f8                ; mov eax,edi
0f 05                ; syscall
6a 39                ; push 0x39
58                   ; pop rax
0f 05                ; syscall
85 c0                ; test eax,eax
74 1c                ; je inwards
41 89 c6             ; mov r14d,eax
45 89 e8             ; mov r8d,r13d
6a 01                ; push 0x1
41 59                ; pop r9
e8 32 00 00 00       ; call copy
44 89 f7             ; mov edi,r14d
6a 09                ; push 0x9
5e                   ; pop rsi
6a 3e                ; push 0x3e
58                   ; pop rax
0f 05                ; syscall
eb 16                ; jmp end
45 31 c0             ; inwards: xor r8d,r8d
45 89 e9             ; mov r9d,r13d
e8 1a 00 00 00       ; call copy
44 89 ef             ; mov edi,r13d
6a 01                ; push 0x1
5e                   ; pop rsi
6a 30                ; push 0x30
58                   ; pop rax
0f 05                ; syscall
31 ff                ; end: xor edi,edi
b8 e7 00 00 00       ; exit: mov eax,0xe7
0f 05                ; syscall
f7 d8                ; failed: neg eax
89 c7                ; mov edi,eax
eb f3                ; jmp exit
48 81 ec 00 00 01 00 ; copy: sub rsp,0x10000
44 89 c7             ; more: mov edi,r8d
48 89 e6             ; mov rsi,rsp
ba 00 00 01 00       ; mov edx,0x10000
31 c0                ; xor eax,eax
0f 05                ; syscall
48 85 c0             ; test rax,rax
7e 23                ; jle copied
49 89 c7             ; mov r15,rax
48 89 e3             ; mov rbx,rsp
44 89 cf             ; rest: mov edi,r9d
48 89 de             ; mov rsi,rbx
4c 89 fa             ; mov rdx,r15
6a 01                ; push 0x1
58                   ; pop rax
0f 05                ; syscall
48 85 c0             ; test rax,rax
7e 0a                ; jle copied
48 01 c3             ; add rbx,rax
49 29 c7             ; sub r15,rax
75 e5                ; jne rest
eb c9                ; jmp more
48 81 c4 00 00 01 00 ; copied: add rsp,0x10000
c3                   ; ret
"""

_AARCH64 = """
f3 03 40 f9          ; ldr x19, [sp]
f4 23 00 91          ; add x20, sp, #0x8
ff 83 00 d1          ; sub sp, sp, #0x20
20 00 80 d2          ; mov x0, #0x1
e0 7f 00 a9          ; stp x0, xzr, [sp]
ff 7f 01 a9          ; stp xzr, xzr, [sp, #16]
20 02 80 d2          ; mov x0, #0x11
27 00 00 94          ; bl act
69 0d 00 10          ; adr x9, end
0a 80 a0 d2          ; mov x10, #0x4000000
e9 2b 00 a9          ; stp x9, x10, [sp]
e9 0b 00 f9          ; str x9, [sp, #16]
e0 01 80 d2          ; mov x0, #0xf
21 00 00 94          ; bl act
7f 0e 00 f1          ; cmp x19, #0x3
0b 03 00 54          ; b.lt wait
81 06 40 f9          ; ldr x1, [x20, #8]
37 00 40 39          ; ldrb w23, [x1]
ff 86 01 71          ; cmp w23, #0x61
42 05 00 54          ; b.hs connect
20 00 00 94          ; bl number
94 42 00 91          ; add x20, x20, #0x10
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
13 00 80 d2          ; number: mov x19, #0x0
43 01 80 d2          ; mov x3, #0xa
22 14 40 38          ; digit: ldrb w2, [x1], #1
42 c0 00 51          ; sub w2, w2, #0x30
5f 24 00 71          ; cmp w2, #0x9
68 00 00 54          ; b.hi parsed
73 0a 03 1b          ; madd w19, w19, w3, w2
fb ff ff 17          ; b digit
c0 03 5f d6          ; parsed: ret
81 0a 40 f9          ; connect: ldr x1, [x20, #16]
f6 ff ff 97          ; bl number
75 0a c0 5a          ; rev w21, w19
81 0e 40 f9          ; ldr x1, [x20, #24]
f3 ff ff 97          ; bl number
73 06 c0 5a          ; rev16 w19, w19
40 00 80 d2          ; mov x0, #0x2
21 00 80 d2          ; mov x1, #0x1
02 00 80 d2          ; mov x2, #0x0
c8 18 80 d2          ; mov x8, #0xc6
01 00 00 d4          ; svc #0x0
f6 03 00 aa          ; mov x22, x0
a9 7e 60 d3          ; lsl x9, x21, #32
29 41 13 aa          ; orr x9, x9, x19, lsl #16
29 01 7f b2          ; orr x9, x9, #0x2
e9 7f 00 a9          ; stp x9, xzr, [sp]
e1 03 00 91          ; mov x1, sp
02 02 80 d2          ; mov x2, #0x10
68 19 80 d2          ; mov x8, #0xcb
01 00 00 d4          ; svc #0x0
a0 04 00 b5          ; cbnz x0, failed
ff d2 01 71          ; cmp w23, #0x74
00 04 00 54          ; b.eq end
69 05 80 d2          ; mov x9, #0x2b
e9 03 00 f9          ; str x9, [sp]
20 00 80 d2          ; mov x0, #0x1
e1 03 00 91          ; mov x1, sp
22 00 80 d2          ; mov x2, #0x1
08 08 80 d2          ; mov x8, #0x40
01 00 00 d4          ; svc #0x0
20 02 80 d2          ; mov x0, #0x11
01 00 80 d2          ; mov x1, #0x0
02 00 80 d2          ; mov x2, #0x0
03 00 80 d2          ; mov x3, #0x0
04 00 80 d2          ; mov x4, #0x0
88 1b 80 d2          ; mov x8, #0xdc
01 00 00 d4          ; svc #0x0
40 01 00 b4          ; cbz x0, inwards
f5 03 00 aa          ; mov x21, x0
f8 03 16 aa          ; mov x24, x22
39 00 80 d2          ; mov x25, #0x1
12 00 00 94          ; bl copy
e0 03 15 aa          ; mov x0, x21
21 01 80 d2          ; mov x1, #0x9
28 10 80 d2          ; mov x8, #0x81
01 00 00 d4          ; svc #0x0
08 00 00 14          ; b end
18 00 80 d2          ; inwards: mov x24, #0x0
f9 03 16 aa          ; mov x25, x22
0a 00 00 94          ; bl copy
e0 03 16 aa          ; mov x0, x22
21 00 80 d2          ; mov x1, #0x1
48 1a 80 d2          ; mov x8, #0xd2
01 00 00 d4          ; svc #0x0
00 00 80 d2          ; end: mov x0, #0x0
c8 0b 80 d2          ; exit: mov x8, #0x5e
01 00 00 d4          ; svc #0x0
e0 03 00 cb          ; failed: neg x0, x0
fd ff ff 17          ; b exit
ff 43 40 d1          ; copy: sub sp, sp, #0x10, lsl #12
e0 03 18 aa          ; more: mov x0, x24
e1 03 00 91          ; mov x1, sp
22 00 a0 d2          ; mov x2, #0x10000
e8 07 80 d2          ; mov x8, #0x3f
01 00 00 d4          ; svc #0x0
1f 00 00 f1          ; cmp x0, #0x0
cd 01 00 54          ; b.le copied
fa 03 00 aa          ; mov x26, x0
fb 03 00 91          ; mov x27, sp
e0 03 19 aa          ; rest: mov x0, x25
e1 03 1b aa          ; mov x1, x27
e2 03 1a aa          ; mov x2, x26
08 08 80 d2          ; mov x8, #0x40
01 00 00 d4          ; svc #0x0
1f 00 00 f1          ; cmp x0, #0x0
ad 00 00 54          ; b.le copied
7b 03 00 8b          ; add x27, x27, x0
5a 03 00 eb          ; subs x26, x26, x0
e1 fe ff 54          ; b.ne rest
ed ff ff 17          ; b more
ff 43 40 91          ; copied: add sp, sp, #0x10, lsl #12
c0 03 5f d6          ; ret
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
