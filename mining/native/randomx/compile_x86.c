/* A RandomX program as x86-64 code: specs.md chapter 5. Registers and frame: execute_x86.c.
 *
 * The code buffer: reciprocals of IMUL_RCP in the first page; then the loop's head, the program, the loop's tail.
 */
#if defined(__x86_64__)
#include "kernel.h"

#include <string.h>

enum { LOOP_AT = 4096, PREFETCH_BEFORE = 64, STORE_L3_FROM = 14 };
enum { L1_MASK = 0x3ff8, L2_MASK = 0x3fff8, L3_MASK = 0x1ffff8 };

extern const uint8_t rx_loop_head[], rx_loop_head_end[], rx_mix_memory[], rx_mix_memory_end[],
    rx_touch_memory[], rx_touch_memory_end[], rx_mix_floats[], rx_mix_floats_end[], rx_loop_tail_floats[],
    rx_switch[], rx_resume[], rx_resume_end[], rx_read_dataset[], rx_read_item[], rx_mix_line[],
    rx_mix_line_end[], rx_loop_tail[], rx_loop_tail_end[];

enum kind {
    IADD_RS, IADD_M, ISUB_R, ISUB_M, IMUL_R, IMUL_M, IMULH_R, IMULH_M, ISMULH_R, ISMULH_M, IMUL_RCP, INEG_R, IXOR_R,
    IXOR_M, IROR_R, IROL_R, ISWAP_R, FSWAP_R, FADD_R, FADD_M, FSUB_R, FSUB_M, FSCAL_R, FMUL_R, FDIV_M, FSQRT_R,
    CBRANCH, CFROUND, ISTORE, KINDS
};

/* Of 256 opcodes [tables 5.2.1, 5.3.1, 5.4.1, 5.5.1]. */
static const uint8_t FREQUENCY[KINDS] = {16, 7, 16, 7, 16, 4, 4, 1, 4, 1, 8,  2, 15, 5, 8,
                                         2,  4, 4, 16, 5, 16, 5, 6, 32, 4, 6, 25, 1, 16};

struct compiler {
    uint8_t *at;
    uint64_t *reciprocal;        /* the next free one */
    const uint8_t *after[8];     /* of each integer register: behind the instruction that changed it last [5.4.2] */
    int is_paired, has_bmi2;
};

static uint8_t kind_of[256];
static int has_bmi2;

static inline void put(struct compiler *c, uint64_t bytes, int count)
{
    memcpy(c->at, &bytes, 8);
    c->at += count;
}

static inline void put_imm32(struct compiler *c, uint32_t value)
{
    memcpy(c->at, &value, 4);
    c->at += 4;
}

static inline void put_block(struct compiler *c, const uint8_t *from, const uint8_t *to)
{
    memcpy(c->at, from, (size_t)(to - from));
    c->at += to - from;
}

/* eax = (register + imm32) & mask */
static inline void put_address(struct compiler *c, unsigned reg, uint32_t imm32, uint32_t mask)
{
    if (reg == 4)
        put(c, 0x24848d41u, 4); /* lea eax, [r12 + imm32] */
    else
        put(c, 0x808d41u | reg << 16, 3);
    put_imm32(c, imm32);
    put(c, 0x25, 1);
    put_imm32(c, mask);
}

static inline uint32_t read_mask(const struct instruction *in)
{
    return in->mod & 3 ? L1_MASK : L2_MASK;
}

/* op r, [memory]: `op` as REX, opcode bytes; `count` of them. */
static inline void put_memory(struct compiler *c, const struct instruction *in, unsigned d, unsigned s, uint32_t op,
                              int count)
{
    if (s != d) {
        put_address(c, s, in->imm32, read_mask(in));
        put(c, op, count);
        put(c, 0x0604u | d << 3, 2);
    } else {
        put(c, op, count);
        put(c, 0x86u | d << 3, 1);
        put_imm32(c, in->imm32 & L3_MASK);
    }
}

/* xmm12 = two doubles of two int32 in memory */
static inline void put_float_operand(struct compiler *c, const struct instruction *in, unsigned s)
{
    put_address(c, s, in->imm32, read_mask(in));
    put(c, 0x0624e60f44f3u, 6);
}

/* 2^x / divisor for the largest x that keeps it below 2^64 [5.2.6] */
static inline uint64_t reciprocal(uint32_t divisor)
{
    unsigned top = 31 - (unsigned)__builtin_clz(divisor);
    uint64_t low = 0, high = UINT64_C(1) << top;
    __asm__("divq %2" : "+a"(low), "+d"(high) : "r"((uint64_t)divisor) : "cc");
    return low;
}

static void put_branch(struct compiler *c, const struct instruction *in, unsigned d)
{
    unsigned shift = (in->mod >> 4) + 8u;
    uint32_t imm32 = (in->imm32 | 1u << shift) & ~(1u << (shift - 1));
    put(c, 0xc08149u | d << 16, 3); /* add r, imm32 */
    put_imm32(c, imm32);
    put(c, 0xc0f741u | d << 16, 3); /* test r32, imm32 */
    put_imm32(c, 0xffu << shift);
    put(c, 0x840f, 2); /* jz */
    put_imm32(c, (uint32_t)(c->after[d] - (c->at + 4)));
    for (int i = 0; i < 8; i++)
        c->after[i] = c->at;
}

static void put_instruction(struct compiler *c, const struct instruction *in)
{
    const unsigned d = in->dst & 7, s = in->src & 7, fd = in->dst & 3, fs = in->src & 3;
    const uint32_t imm32 = in->imm32;
    switch ((enum kind)kind_of[in->opcode]) {
    case IADD_RS: {
        const unsigned shift = in->mod >> 2 & 3;
        if (d == 5) { /* lea d, [d + (s << shift) + imm32] */
            put(c, 0x05ac8d4fu | shift << 30 | s << 27, 4);
            put_imm32(c, imm32);
        } else if (shift) {
            put(c, 0x048d4fu | d << 19 | shift << 30 | s << 27 | d << 24, 4);
        } else { /* add is faster than lea */
            put(c, 0xc0034du | d << 19 | s << 16, 3);
        }
        break;
    }
    case IADD_M:
        put_memory(c, in, d, s, 0x034c, 2);
        break;
    case ISUB_R:
        if (s != d) {
            put(c, 0xc02b4du | d << 19 | s << 16, 3);
        } else {
            put(c, 0xe88149u | d << 16, 3);
            put_imm32(c, imm32);
        }
        break;
    case ISUB_M:
        put_memory(c, in, d, s, 0x2b4c, 2);
        break;
    case IMUL_R:
        if (s != d) {
            put(c, 0xc0af0f4du | d << 27 | s << 24, 4);
        } else {
            put(c, 0xc0694du | d << 19 | d << 16, 3);
            put_imm32(c, imm32);
        }
        break;
    case IMUL_M:
        put_memory(c, in, d, s, 0xaf0f4c, 3);
        break;
    case IMULH_R:
        if (c->has_bmi2) {
            put(c, 0xd08b49u | d << 16, 3); /* mov rdx, d; mulx d, rax, s */
            put(c, 0xc0f6fb42c4u | (uint64_t)(d << 3 | s) << 32, 5);
            break;
        }
        put(c, 0xc08b49u | d << 16, 3); /* mov rax, d; mul s; mov d, rdx */
        put(c, 0xe0f749u | s << 16, 3);
        put(c, 0xc28b4cu | d << 19, 3);
        break;
    case ISMULH_R:
        put(c, 0xc08b49u | d << 16, 3);
        put(c, 0xe8f749u | s << 16, 3);
        put(c, 0xc28b4cu | d << 19, 3);
        break;
    case IMULH_M:
    case ISMULH_M: {
        const unsigned sign = kind_of[in->opcode] == ISMULH_M ? 8 : 0;
        if (s != d) {
            put_address(c, s, imm32, read_mask(in));
            put(c, 0xc88b49u | d << 16, 3); /* mov rcx, d; mov rax, [rsi + rax]; mul rcx */
            put(c, 0x06048b48, 4);
            put(c, 0xe1f748u | sign << 16, 3);
        } else {
            put(c, 0xc08b49u | d << 16, 3);
            put(c, 0xa6f748u | sign << 16, 3);
            put_imm32(c, imm32 & L3_MASK);
        }
        put(c, 0xc28b4cu | d << 19, 3);
        break;
    }
    case IMUL_RCP:
        if ((imm32 & (imm32 - 1)) == 0)
            return;
        *c->reciprocal = reciprocal(imm32);
        put(c, 0x05af0f4cu | d << 27, 4); /* imul d, [rip + …] */
        put_imm32(c, (uint32_t)((uint8_t *)c->reciprocal - (c->at + 4)));
        c->reciprocal++;
        break;
    case INEG_R:
        put(c, 0xd8f749u | d << 16, 3);
        break;
    case IXOR_R:
        if (s != d) {
            put(c, 0xc0334du | d << 19 | s << 16, 3);
        } else {
            put(c, 0xf08149u | d << 16, 3);
            put_imm32(c, imm32);
        }
        break;
    case IXOR_M:
        put_memory(c, in, d, s, 0x334c, 2);
        break;
    case IROR_R:
    case IROL_R: {
        const unsigned right = kind_of[in->opcode] == IROR_R ? 8 : 0;
        if (s != d) {
            put(c, 0xc88b41u | s << 16, 3); /* mov ecx, s; ror d, cl */
            put(c, 0xc0d349u | right << 16 | d << 16, 3);
        } else {
            put(c, 0xc0c149u | right << 16 | d << 16 | (imm32 & 63) << 24, 4);
        }
        break;
    }
    case ISWAP_R:
        if (s == d)
            return;
        put(c, 0xc0874du | d << 19 | s << 16, 3);
        c->after[s] = c->at;
        break;
    case FSWAP_R:
        put(c, 0x01c0c60f66u | (uint64_t)(9 * d) << 24, 5);
        return;
    case FADD_R:
        put(c, 0xc0580f4166u | (uint64_t)(fd << 3 | fs) << 32, 5);
        return;
    case FADD_M:
        put_float_operand(c, in, s);
        put(c, 0xc4580f4166u | (uint64_t)fd << 35, 5);
        return;
    case FSUB_R:
        put(c, 0xc05c0f4166u | (uint64_t)(fd << 3 | fs) << 32, 5);
        return;
    case FSUB_M:
        put_float_operand(c, in, s);
        put(c, 0xc45c0f4166u | (uint64_t)fd << 35, 5);
        return;
    case FSCAL_R:
        put(c, 0xc7570f41u | fd << 27, 4);
        return;
    case FMUL_R:
        put(c, 0xe0590f4166u | (uint64_t)(fd << 3 | fs) << 32, 5);
        return;
    case FDIV_M:
        put_float_operand(c, in, s);
        put(c, 0xe6560f45e5540f45u, 8); /* andps xmm12, xmm13; orps xmm12, xmm14 */
        put(c, 0xe45e0f4166u | (uint64_t)fd << 35, 5);
        return;
    case FSQRT_R:
        put(c, 0xe4510f66u | fd * 9 << 24, 4);
        return;
    case CBRANCH:
        put_branch(c, in, d);
        return;
    case CFROUND: {
        const unsigned right = (imm32 - 2) & 63; /* the two bits come to 4 * mode */
        if (c->has_bmi2) { /* rorx rax, s, right */
            put(c, 0xc0f0fbc3c4u | (uint64_t)s << 32 | (uint64_t)right << 40, 6);
        } else {
            put(c, 0xc08b49u | s << 16, 3);
            put(c, 0xc8c148u | right << 24, 4);
        }
        put(c, 0x0ce083, 3);
        put(c, 0x080454ae0f, 5); /* ldmxcsr [rsp + rax + 8] */
        if (c->is_paired) {
            put(c, 0x248489, 3); /* mov [rsp + 408], eax */
            put_imm32(c, 408);
        }
        return;
    }
    case ISTORE:
        put_address(c, d, imm32, in->mod >> 4 >= STORE_L3_FROM ? (uint32_t)L3_MASK : read_mask(in));
        put(c, 0x0604894cu | s << 19, 4);
        return;
    case KINDS:
        return;
    }
    c->after[d] = c->at;
}

/* eax or rax = a ^ b */
static inline void put_mix(struct compiler *c, unsigned a, unsigned b, int is_64)
{
    put(c, (is_64 ? 0xc08b49u : 0xc08b41u) | a << 16, 3);
    put(c, (is_64 ? 0xc03349u : 0xc03341u) | b << 16, 3);
}

/* `is_paired`: the program gives the other lane its turn once in every iteration (rx_execute_pair). */
void rx_compile(struct lane *lane, const struct configuration *configuration, int is_paired)
{
    uint8_t *code = lane->code;
    struct compiler compiler = {.at = code + LOOP_AT, .reciprocal = (uint64_t *)code, .is_paired = is_paired,
                                .has_bmi2 = has_bmi2};
    struct compiler *c = &compiler;
    const uint8_t *read = configuration->read_register;
    put_block(c, rx_loop_head, rx_loop_head_end);
    for (int i = 0; i < 8; i++)
        c->after[i] = c->at;
    for (int i = 0; i < PROGRAM_INSTRUCTIONS; i++) {
        if (is_paired && i == PREFETCH_BEFORE)
            put(c, 0x2f04180f, 4); /* prefetchnta [rdi + rbp] */
        put_instruction(c, &lane->program.instructions[i]);
    }
    put_mix(c, read[2], read[3], 0);
    if (!is_paired) {
        put_block(c, rx_mix_memory, rx_mix_memory_end);
    } else {
        put_block(c, rx_touch_memory, rx_touch_memory_end);
        put_block(c, rx_switch, rx_resume);
        lane->run.resume = (uint64_t)c->at;
        put_block(c, rx_resume, rx_resume_end);
    }
    if (lane->run.item)
        put_block(c, rx_read_item, rx_mix_line);
    else
        put_block(c, rx_read_dataset, rx_read_item);
    put_block(c, rx_mix_line, rx_mix_line_end);
    put_mix(c, read[0], read[1], 1);
    put_block(c, rx_loop_tail, rx_loop_tail_floats);
    if (!is_paired)
        put_block(c, rx_mix_floats, rx_mix_floats_end);
    put_block(c, rx_loop_tail_floats, rx_loop_tail_end);
    put(c, 0x28244cff, 4); /* dec dword ptr [rsp + 40] */
    put(c, 0x850f, 2);
    put_imm32(c, (uint32_t)(code + LOOP_AT - (c->at + 4)));
    if (is_paired) {
        put(c, 0x24a4ff, 3); /* jmp [rsp + 472] */
        put_imm32(c, 472);
    } else {
        put(c, 0xc3, 1);
    }
    lane->run.code = (uint64_t)(code + LOOP_AT);
}

void rx_prepare_compiler(void)
{
    has_bmi2 = __builtin_cpu_supports("bmi2") != 0;
    int opcode = 0;
    for (int kind = 0; kind < KINDS; kind++)
        for (int i = 0; i < FREQUENCY[kind]; i++)
            kind_of[opcode++] = (uint8_t)kind;
}
#endif
