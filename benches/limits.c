// What memory allows at most: an array copied, and the sum of two, stored past the cache where the machine can.
#include <stddef.h>

#if defined(__AVX512F__)
#include <immintrin.h>
#define WIDTH 16
#define COPY(a, c) _mm512_stream_ps(c, _mm512_loadu_ps(a))
#define SUM(a, b, c) _mm512_stream_ps(c, _mm512_add_ps(_mm512_loadu_ps(a), _mm512_loadu_ps(b)))
#define FENCE() _mm_sfence()
#elif defined(__AVX__)
#include <immintrin.h>
#define WIDTH 8
#define COPY(a, c) _mm256_stream_ps(c, _mm256_loadu_ps(a))
#define SUM(a, b, c) _mm256_stream_ps(c, _mm256_add_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b)))
#define FENCE() _mm_sfence()
#else
#define WIDTH 1
#define COPY(a, c) *(c) = *(a)
#define SUM(a, b, c) *(c) = *(a) + *(b)
#define FENCE()
#endif

// `c` begins at a cache line, and `count` is a multiple of 4096.
void copy(const float *a, float *c, size_t count, int threads) {
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (size_t block = 0; block < count; block += 4096)
            for (size_t i = block; i < block + 4096; i += WIDTH) COPY(a + i, c + i);
        FENCE();
    }
}

void sum(const float *a, const float *b, float *c, size_t count, int threads) {
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (size_t block = 0; block < count; block += 4096)
            for (size_t i = block; i < block + 4096; i += WIDTH) SUM(a + i, b + i, c + i);
        FENCE();
    }
}
