//! Nanoseconds per neuron-step beside what copying the same buffers costs in the same loop; the best of several rounds.
//!
//! `cargo bench -p spikelet-neurons -- [rounds] [threads] [T N] [part of a name]`
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "a bench fails by a panic, prints, and shares helpers with the tests"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use common::{ADAPTIVE, Case, noise, sample};
use spikelet_neurons::{
    Adjoint, Kernel, Param, Save, Saved, Scan, Stores, Values, ValuesMut, checkpoints,
};

const SHAPES: [(usize, usize); 4] = [(4, 1 << 20), (16, 1 << 18), (100, 1 << 15), (1000, 1 << 12)];

/// Memory aligned as torch aligns it.
struct Buffer<T>(Vec<T>, usize);

impl<T: Copy> Buffer<T> {
    /// Not of zeros: pages of zeros that nobody has written are all the same page.
    fn new(len: usize, value: T) -> Self {
        let data = vec![value; len + 32];
        let skip = data.as_ptr().align_offset(64);
        Self(data, skip)
    }

    fn get(&mut self, len: usize) -> &mut [T] {
        &mut self.0[self.1..self.1 + len]
    }
}

struct Buffers {
    x: Vec<f32>,
    half: Vec<u16>,
    half_out: Buffer<u16>,
    z: Buffer<f32>,
    charged: Buffer<f32>,
    grad: Buffer<f32>,
    states: Buffer<f32>,
    initial: Vec<f32>,
    last: Vec<f32>,
}

type Params<'a> = Vec<Param<'a>>;

/// One thing to time.
struct Entry<'a> {
    name: &'a str,
    kernel: &'a Kernel,
    kind: Kind,
    best: f64,
}

#[derive(Clone, Copy)]
enum Kind {
    Forward,
    Keep,
    Backward { tau: bool },
    Checkpointed,
    Replay,
    Half { is_bf16: bool },
    HalfKeep { is_bf16: bool },
    HalfBackward { is_bf16: bool },
}

fn params<'a>(kernel: &Kernel, names: &[String]) -> (Params<'a>, Params<'a>) {
    let mut case = Case::new(kernel.program(), 0, 0);
    for (name, numbers) in names.iter().zip(&mut case.params) {
        match name.as_str() {
            "tau" => numbers.row[0] = 2.0,
            "v_leak" | "reset.to" => numbers.row[0] = 0.0,
            _ => {}
        }
    }
    let scalar = |numbers: &common::Numbers| Param::Scalar(numbers.row[0]);
    (
        case.params.iter().map(scalar).collect(),
        case.slope_params.iter().map(scalar).collect(),
    )
}

fn run(entry: &Entry<'_>, time: usize, neurons: usize, buffers: &mut Buffers) {
    let kernel = entry.kernel;
    let (states, len) = (kernel.program().states.len(), time * neurons);
    let (params, slope_params) = params(kernel, &kernel.program().step_params);
    let initial = &buffers.initial[..states * neurons];
    let last = &mut buffers.last[..states * neurons];
    let every = 16;
    let points = checkpoints(time, every) * states * neurons;
    let (x, z) = match entry.kind {
        Kind::Half { is_bf16: true }
        | Kind::HalfKeep { is_bf16: true }
        | Kind::HalfBackward { is_bf16: true } => (
            Values::BF16(&buffers.half),
            ValuesMut::BF16(buffers.half_out.get(len)),
        ),
        Kind::Half { .. } | Kind::HalfKeep { .. } | Kind::HalfBackward { .. } => (
            Values::F16(&buffers.half),
            ValuesMut::F16(buffers.half_out.get(len)),
        ),
        _ => (Values::F32(&buffers.x), ValuesMut::F32(buffers.z.get(len))),
    };
    let save = match entry.kind {
        Kind::Keep | Kind::HalfKeep { .. } => {
            Save::Charged(ValuesMut::F32(buffers.charged.get(states * len)))
        }
        Kind::Checkpointed => Save::Checkpoints {
            every,
            states: buffers.states.get(points),
        },
        _ => Save::Nothing,
    };
    if let Kind::Backward { .. } | Kind::HalfBackward { .. } | Kind::Replay = entry.kind {
        let mut sums = vec![[0.0_f32]; params.len()];
        let wants = |index: usize| {
            let is_tau = kernel.program().step_params[index] == "tau";
            is_tau && matches!(entry.kind, Kind::Backward { tau: true })
        };
        let grads = sums.iter_mut().enumerate();
        let mut grads: Vec<Option<&mut [f32]>> = grads
            .map(|(index, sum)| wants(index).then_some(&mut sum[..]))
            .collect();
        let saved = match entry.kind {
            Kind::Replay => Saved::Checkpoints {
                every,
                states: buffers.states.get(points),
            },
            _ => Saved::Charged(Values::F32(buffers.charged.get(states * len))),
        };
        let adjoint = Adjoint {
            time,
            neurons,
            grad_z: Some(x),
            grad_last: None,
            saved,
            x: Some(x),
            initial,
            params: &params,
            slope_params: &slope_params,
            grad_x: match z {
                ValuesMut::F32(_) => ValuesMut::F32(buffers.grad.get(len)),
                half => half,
            },
            grad_initial: Some(last),
            grad_params: &mut grads,
        };
        kernel.adjoint(adjoint).unwrap();
    } else {
        let scan = Scan {
            time,
            neurons,
            x,
            initial,
            params: &params,
            z,
            last: Some(last),
            save,
        };
        kernel.scan(scan).unwrap();
    }
}

/// Adds two rows into a third, in code like the kernels': the traffic of a backward step.
fn two_reads(a: &[f32], b: &[f32], to: &mut [f32], stream: bool) {
    #[cfg(target_arch = "x86_64")]
    if stream && std::is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 was found.
        unsafe { two_reads_streamed(a, b, to) };
        return;
    }
    let _ = stream;
    to.iter_mut()
        .zip(a)
        .zip(b)
        .for_each(|((to, a), b)| *to = a + b);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn two_reads_streamed(a: &[f32], b: &[f32], to: &mut [f32]) {
    use std::arch::x86_64::{_mm_sfence, _mm256_add_ps, _mm256_loadu_ps, _mm256_stream_ps};
    for ((to, a), b) in to
        .chunks_exact_mut(8)
        .zip(a.chunks_exact(8))
        .zip(b.chunks_exact(8))
    {
        // SAFETY: chunks of 8 floats of a buffer aligned to 64 bytes.
        unsafe {
            _mm256_stream_ps(
                to.as_mut_ptr(),
                _mm256_add_ps(_mm256_loadu_ps(a.as_ptr()), _mm256_loadu_ps(b.as_ptr())),
            )
        };
    }
    _mm_sfence();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn copy_streamed(from: &[f32], to: &mut [f32]) {
    use std::arch::x86_64::{_mm_sfence, _mm256_loadu_ps, _mm256_stream_ps};
    for (to, from) in to.chunks_exact_mut(8).zip(from.chunks_exact(8)) {
        // SAFETY: chunks of 8 floats of a buffer aligned to 64 bytes.
        unsafe { _mm256_stream_ps(to.as_mut_ptr(), _mm256_loadu_ps(from.as_ptr())) };
    }
    _mm_sfence();
}

fn copy(from: &[f32], to: &mut [f32], stream: bool) {
    #[cfg(target_arch = "x86_64")]
    if stream && std::is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 was found.
        unsafe { copy_streamed(from, to) };
        return;
    }
    let _ = stream;
    to.copy_from_slice(from);
}

/// Seconds of processor time of this thread, which other programs on the machine do not stretch; wall time elsewhere
/// and where several threads work.
fn now(start: Instant, threads: usize) -> f64 {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    if threads == 1 {
        unsafe extern "C" {
            fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
        }
        const THREAD_CPUTIME: i32 = 3;
        let mut time = [0; 2];
        // SAFETY: the C library's own function; `timespec` is two 64-bit integers here.
        unsafe { clock_gettime(THREAD_CPUTIME, &raw mut time) };
        return time[0] as f64 + 1e-9 * time[1] as f64;
    }
    let _ = threads;
    start.elapsed().as_secs_f64()
}

fn time(best: &mut f64, threads: usize, work: impl FnOnce()) {
    let start = Instant::now();
    let before = now(start, threads);
    work();
    *best = best.min(now(start, threads) - before);
}

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let (rounds, threads) = (
        numbers.first().copied().unwrap_or(7),
        numbers.get(1).copied().unwrap_or(1),
    );
    let lif = sample("LIF, Hard, ATan");
    let (fused, plain) = (lif.kernel(), lif.kernel().with_stores(Stores::Plain));
    let (interpreted, adaptive) = (lif.interpreted(), Kernel::interpreted(ADAPTIVE).unwrap());
    let extra = common::samples()
        .into_iter()
        .find(|sample| sample.name.starts_with("Adaptive"));
    let extra = extra.map(|sample| sample.kernel());
    let only = std::env::args()
        .skip(1)
        .find(|arg| !arg.starts_with("--") && arg.parse::<usize>().is_err())
        .unwrap_or_default();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let given = numbers.get(2..4).map(|shape| [(shape[0], shape[1])]);
    for (steps, neurons) in given.map_or(SHAPES.to_vec(), |given| given.to_vec()) {
        let len = steps * neurons;
        let x: Vec<f32> = noise(len, 1)
            .iter()
            .map(|value| (value + 1.5) * 0.55)
            .collect();
        let half = x
            .iter()
            .map(|value| (value.to_bits() >> 16) as u16)
            .collect();
        let [z, charged, grad, states] = [len, 2 * len, len, len].map(|len| Buffer::new(len, 0.5));
        let initial = vec![0.0; 2 * neurons];
        let last = initial.clone();
        let mut buffers = Buffers {
            initial,
            last,
            x,
            half,
            half_out: Buffer::new(len, 7),
            z,
            charged,
            grad,
            states,
        };
        let entry = |name, kernel, kind| Entry {
            name,
            kernel,
            kind,
            best: f64::MAX,
        };
        let (kept, tau) = (Kind::Backward { tau: false }, Kind::Backward { tau: true });
        let mut entries = vec![
            entry("lif forward", &fused, Kind::Forward),
            entry("lif forward keep", &fused, Kind::Keep),
            entry("lif backward", &fused, kept),
            entry("lif backward tau", &fused, tau),
            entry("lif forward plain", &plain, Kind::Forward),
            entry("lif forward keep plain", &plain, Kind::Keep),
            entry("lif backward plain", &plain, kept),
            entry("lif forward ck16", &fused, Kind::Checkpointed),
            entry("lif backward ck16", &fused, Kind::Replay),
            entry("lif forward bf16", &fused, Kind::Half { is_bf16: true }),
            entry(
                "lif forward keep bf16",
                &fused,
                Kind::HalfKeep { is_bf16: true },
            ),
            entry(
                "lif backward bf16",
                &fused,
                Kind::HalfBackward { is_bf16: true },
            ),
            entry("lif forward f16", &fused, Kind::Half { is_bf16: false }),
            entry(
                "lif forward keep f16",
                &fused,
                Kind::HalfKeep { is_bf16: false },
            ),
            entry(
                "lif backward f16",
                &fused,
                Kind::HalfBackward { is_bf16: false },
            ),
            entry("interpreted forward keep", &interpreted, Kind::Keep),
            entry("interpreted backward", &interpreted, kept),
            entry("adaptive interpreted keep", &adaptive, Kind::Keep),
            entry("adaptive interpreted back", &adaptive, kept),
            entry("two states forward ck16", &adaptive, Kind::Checkpointed),
            entry("two states backward ck16", &adaptive, Kind::Replay),
        ];
        if let Some(kernel) = &extra {
            entries.push(entry("adaptive fused keep", kernel, Kind::Keep));
            entries.push(entry("adaptive fused back", kernel, kept));
        }
        entries.retain(|entry| entry.name.contains(&only));
        let mut limits = [f64::MAX; 4];
        for _ in 0..rounds {
            for stream in [0, 0, 1, 1] {
                let Buffers { x, z, grad, .. } = &mut buffers;
                time(&mut limits[stream], 1, || copy(x, z.get(len), stream == 1));
                time(&mut limits[2 + stream], 1, || {
                    two_reads(x, z.get(len), grad.get(len), stream == 1)
                });
            }
            for entry in &mut entries {
                let mut best = entry.best;
                // Twice: what the entry before has left in the cache must not decide.
                for _ in 0..2 {
                    time(&mut best, threads, || {
                        if threads == 1 {
                            run(entry, steps, neurons, &mut buffers);
                        } else {
                            pool.install(|| run(entry, steps, neurons, &mut buffers));
                        }
                    });
                }
                entry.best = best;
            }
        }
        let ns = |seconds: f64| seconds * 1e9 / len as f64;
        println!("T = {steps}, N = {neurons}, {threads} threads");
        for (name, limit) in ["copy", "copy streamed", "2r1w", "2r1w streamed"]
            .iter()
            .zip(limits)
        {
            println!("  {name:26} {:.3}", ns(limit));
        }
        for entry in &entries {
            let limit = match entry.kind {
                Kind::Backward { .. } | Kind::Replay => limits[2].min(limits[3]),
                _ => limits[0].min(limits[1]),
            };
            println!(
                "  {:26} {:.3}  {:.2} of the limit",
                entry.name,
                ns(entry.best),
                limit / entry.best
            );
        }
    }
}
