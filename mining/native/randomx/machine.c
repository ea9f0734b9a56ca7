/* A machine: its memory, and the pipelined calls in the manner of randomx.h (first, next, last).
 *
 * A core waits for the dataset most of the time. So `next` takes the new input half way (four of its eight programs)
 * in turns with the second half of the one before: when one lane has to wait, the other computes.
 */
#if defined(__x86_64__)
#define _DEFAULT_SOURCE
#include "kernel.h"

#include <cpuid.h>
#include <immintrin.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))
enum { WITH_HUGE_PAGES = 1, WITH_TRANSPARENT_PAGES = 2 };
enum { HUGE_PAGE_BYTES = 2097152, LANES = 2, MEMORY_BYTES = LANES * SCRATCHPAD_BYTES };
enum { TRIALS_IGNORED = 4, TRIALS = 36, SHADOW_STACK_STATUS = 0x5005 /* ARCH_SHSTK_STATUS of Linux 6.6 */ };

static _Thread_local const char *reason = "";

/* Why this CPU or process cannot run the kernel; an empty text when it can. */
PUBLIC const char *mc_rx_unavailable(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_AES) || !(c & bit_SSE4_1))
        return "this CPU has no AES or SSE4.1 instructions";
    uint64_t features = 0;
    if (syscall(SYS_arch_prctl, SHADOW_STACK_STATUS, &features) == 0 && features & 1)
        return "this process runs with a shadow stack, which forbids the kernel's changed return addresses";
    return "";
}

/* Why the last mc_rx_create of this thread returned null. */
PUBLIC const char *mc_rx_reason(void)
{
    return reason;
}

/* Both scratchpads, as far as `flags` say so: on two reserved huge pages if they are free, else where the kernel may
 * make huge pages of them. */
static int map_scratchpads(struct machine *machine, int flags)
{
    const int protection = PROT_READ | PROT_WRITE, kind = MAP_PRIVATE | MAP_ANONYMOUS;
    void *at = MAP_FAILED;
    if (flags & WITH_HUGE_PAGES)
        at = mmap(NULL, MEMORY_BYTES, protection, kind | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT | MAP_POPULATE, -1, 0);
    if (at != MAP_FAILED) {
        machine->on_huge_page = 1;
    } else {
        uint8_t *from = mmap(NULL, MEMORY_BYTES + HUGE_PAGE_BYTES, protection, kind, -1, 0);
        if (from == MAP_FAILED)
            return 0;
        const size_t before = -(uintptr_t)from & (HUGE_PAGE_BYTES - 1);
        if (before)
            munmap(from, before);
        munmap(from + before + MEMORY_BYTES, HUGE_PAGE_BYTES - before);
        if (flags & WITH_TRANSPARENT_PAGES)
            madvise(from + before, MEMORY_BYTES, MADV_HUGEPAGE);
        at = from + before;
    }
    machine->memory = at;
    machine->mapped = MEMORY_BYTES;
    return 1;
}

PUBLIC void mc_rx_destroy(void *given)
{
    struct machine *machine = given;
    if (!machine)
        return;
    if (machine->lanes[0].code)
        munmap(machine->lanes[0].code, LANES * CODE_BYTES);
    if (machine->mapped)
        munmap(machine->memory, machine->mapped);
    free(machine);
}

/* A machine over a whole dataset. `scratchpads`: 4 MiB aligned to 64, or null for memory of its own: with flag 1 on
 * huge pages if two are free, with flag 2 else on those that the system makes. Returns null when it cannot be made:
 * mc_rx_reason() says why. */
PUBLIC void *mc_rx_create(const void *dataset, void *scratchpads, int flags)
{
    reason = mc_rx_unavailable();
    if (*reason)
        return NULL;
    struct machine *machine = aligned_alloc(64, sizeof *machine);
    if (!machine) {
        reason = "there is no memory for a machine";
        return NULL;
    }
    memset(machine, 0, sizeof *machine);
    machine->dataset = dataset;
    machine->memory = scratchpads;
    if (!scratchpads && !map_scratchpads(machine, flags)) {
        reason = "there is no memory for the scratchpads (4 MiB)";
        mc_rx_destroy(machine);
        return NULL;
    }
    uint8_t *code =
        mmap(NULL, LANES * CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED) {
        reason = "this system refuses memory that is both writable and executable";
        mc_rx_destroy(machine);
        return NULL;
    }
    for (int i = 0; i < LANES; i++) {
        struct lane *lane = &machine->lanes[i];
        lane->code = code + i * CODE_BYTES;
        lane->scratchpad = machine->memory + (size_t)i * SCRATCHPAD_BYTES;
        lane->run.scratchpad = (uint64_t)lane->scratchpad;
        lane->run.iterations = PROGRAM_ITERATIONS;
    }
    rx_prepare_compiler();
    return machine;
}

/* 1 when the scratchpads lie on reserved huge pages. */
PUBLIC int mc_rx_on_huge_page(const void *machine)
{
    return ((const struct machine *)machine)->on_huge_page;
}

/* For tests: take the items from `item` (64 bytes for a byte offset of the dataset) instead of a dataset. Slow. */
PUBLIC void mc_rx_set_item_source(void *given, item_function item)
{
    struct machine *machine = given;
    machine->dataset = NULL;
    for (int i = 0; i < LANES; i++)
        machine->lanes[i].run.item = item;
}

/* Make code of the program in `lane`. */
static void load_program(const struct machine *machine, struct lane *lane, int is_paired)
{
    struct run *run = &lane->run;
    struct configuration configuration;
    rx_configure(&lane->program, &run->registers, &configuration);
    memcpy(run->e_mask, configuration.e_mask, sizeof run->e_mask);
    run->dataset = (uint64_t)machine->dataset + configuration.dataset_offset;
    run->ma = configuration.ma;
    run->mx = configuration.mx;
    /* The first lines come while the code is being made. */
    _mm_prefetch((const char *)run->dataset + run->ma, _MM_HINT_T0);
    _mm_prefetch((const char *)lane->scratchpad + (run->ma & (SCRATCHPAD_BYTES - 64)), _MM_HINT_T0);
    _mm_prefetch((const char *)lane->scratchpad + (run->mx & (SCRATCHPAD_BYTES - 64)), _MM_HINT_T0);
    rx_compile(lane, &configuration, is_paired);
}

/* The next program of the lane's hash, from the seed or from the registers of the one before. */
static void next_program(const struct machine *machine, struct lane *lane, int number, int is_paired)
{
    if (number)
        rx_blake2b(lane->seed, sizeof lane->seed, &lane->run.registers, sizeof lane->run.registers);
    rx_fill_program(lane->seed, &lane->program);
    load_program(machine, lane, is_paired);
}

static void execute(struct lane *lane)
{
    const unsigned before = _mm_getcsr();
    _mm_setcsr(MXCSR_DEFAULT | (unsigned)lane->run.mode << 11);
    rx_execute(&lane->run);
    lane->run.mode = (_mm_getcsr() >> 11) & 12;
    _mm_setcsr(before);
}

static void execute_pair(struct lane *first, struct lane *second)
{
    const unsigned before = _mm_getcsr();
    rx_execute_pair(&first->run, &second->run);
    _mm_setcsr(before);
}

/* For tests: run one given program (PROGRAM_BYTES) over the scratchpad as it stands, for its registers. */
PUBLIC void mc_rx_run_program(void *given, const void *program, uint32_t iterations, void *registers)
{
    struct machine *machine = given;
    struct lane *lane = &machine->lanes[machine->started];
    memcpy(&lane->program, program, sizeof lane->program);
    lane->run.iterations = iterations;
    lane->run.mode = 0;
    load_program(machine, lane, 0);
    execute(lane);
    lane->run.iterations = PROGRAM_ITERATIONS;
    memcpy(registers, &lane->run.registers, sizeof lane->run.registers);
}

/* For tests: the scratchpad that the next program runs over. */
PUBLIC void *mc_rx_scratchpad(void *given)
{
    struct machine *machine = given;
    return machine->lanes[machine->started].scratchpad;
}

static void start(struct lane *lane, const void *in, size_t in_bytes)
{
    rx_blake2b(lane->seed, sizeof lane->seed, in, in_bytes);
    rx_fill_scratchpad(lane->seed, lane->scratchpad);
    lane->run.mode = 0; /* the rounding mode outlives a program, not a hash [2, step 6] */
}

static void finish(struct lane *lane, void *out)
{
    rx_hash_scratchpad(lane->scratchpad, lane->run.registers.a);
    rx_blake2b(out, 32, &lane->run.registers, sizeof lane->run.registers);
}

/* Start an input: hash_first of randomx.h. */
PUBLIC void mc_rx_first(void *given, const void *in, size_t in_bytes)
{
    struct machine *machine = given;
    struct lane *lane = &machine->lanes[machine->started];
    start(lane, in, in_bytes);
    for (int i = 0; i < PROGRAMS / 2; i++) {
        next_program(machine, lane, i, 0);
        execute(lane);
    }
}

static uint64_t cpu_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

/* Where memory answers at once, turns only cost: the first calls are measured, and the better way is kept. */
static void count_trial(struct machine *machine, int is_paired, uint64_t ns)
{
    uint64_t *best = &machine->trial_ns[is_paired];
    if (machine->trials >= TRIALS_IGNORED && (!*best || ns < *best))
        *best = ns;
    if (++machine->trials == TRIALS)
        machine->turns = machine->trial_ns[1] < machine->trial_ns[0] ? IN_TURNS : ALONE;
}

/* 0: by trial, which begins anew. For tests: 1 one after the other, 2 in turns. */
PUBLIC void mc_rx_set_turns(void *given, int turns)
{
    struct machine *machine = given;
    machine->turns = (enum turns)turns;
    if (machine->turns == BY_TRIAL) {
        machine->trials = 0;
        memset(machine->trial_ns, 0, sizeof machine->trial_ns);
    }
}

/* 1 one after the other, 2 in turns, 0 while that is not found out. */
PUBLIC int mc_rx_turns(const void *machine)
{
    return ((const struct machine *)machine)->turns;
}

/* The second half of one hash in turns with the first half of the next. */
static void run_halves(struct machine *machine, struct lane *ending, struct lane *starting)
{
    for (int i = 0; i < PROGRAMS / 2; i++) {
        next_program(machine, ending, PROGRAMS / 2 + i, 1);
        next_program(machine, starting, i, 1);
        execute_pair(ending, starting);
    }
}

/* Finish the input that was started, and put its hash into `out`. */
PUBLIC void mc_rx_last(void *given, void *out)
{
    struct machine *machine = given;
    struct lane *lane = &machine->lanes[machine->started];
    for (int i = PROGRAMS / 2; i < PROGRAMS; i++) {
        next_program(machine, lane, i, 0);
        execute(lane);
    }
    finish(lane, out);
}

/* Start the next input and take it half way, finish the one before, and put its hash into `out`. Unlike the call of
 * randomx.h it may write `out` before it reads `in`: they must not overlap. Alone, it stays on one lane, so that only
 * one scratchpad is in the caches. */
PUBLIC void mc_rx_next(void *given, const void *in, size_t in_bytes, void *out)
{
    struct machine *machine = given;
    const int is_trial = machine->turns == BY_TRIAL;
    const int is_paired = is_trial ? (int)(machine->trials & 1) : machine->turns == IN_TURNS;
    const uint64_t before = is_trial ? cpu_ns() : 0;
    if (is_paired) {
        struct lane *ending = &machine->lanes[machine->started];
        machine->started = !machine->started;
        struct lane *starting = &machine->lanes[machine->started];
        start(starting, in, in_bytes);
        run_halves(machine, ending, starting);
        finish(ending, out);
    } else {
        mc_rx_last(machine, out);
        mc_rx_first(machine, in, in_bytes);
    }
    if (is_trial)
        count_trial(machine, is_paired, cpu_ns() - before);
}
#endif
