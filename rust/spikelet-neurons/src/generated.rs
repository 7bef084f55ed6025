//! Fused steps and slopes of the built-in neurons, printed by `python -m spikelet.dynamics`; never edited.

#![allow(
    clippy::all,
    clippy::pedantic,
    unused_imports,
    unused_variables,
    reason = "straight-line text of a printer, in the order of the equations"
)]

use spikelet_program::math::{exp, maximum, minimum};

use crate::step::{Fused, FusedSlope, Reads, Slope, SlopeKernel, Step, StepKernel};

/// LIF undecayed, NoReset: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S4af849b64dee27ed;

impl Step<1, 3> for S4af849b64dee27ed {
    const NAME: &'static str = "LIF undecayed, NoReset";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: true,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 3]) -> [f32; 1] {
        let t0 = s[0] - p[0];
        let t1 = t0 / p[1];
        let t2 = s[0] - t1;
        let t3 = t2 + x;
        [t3]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 3]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        (t0, [h[0]])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 3],
    ) -> (f32, [f32; 1], [f32; 3]) {
        let t0 = gz * slope;
        let t1 = g[0] + t0;
        let t2 = -t1;
        let t3 = 1.0_f32 / p[1];
        let t4 = t2 * t3;
        let t5 = t1 + t4;
        let t6 = -t0;
        let t7 = -t4;
        let t8 = s[0] - p[0];
        let t9 = t8 / p[1];
        let t10 = t2 * t9;
        let t11 = -t10;
        let t12 = t11 * t3;
        (t1, [t5], [t7, t12, t6])
    }
}

/// LIF undecayed, Soft detached: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sc83434a2e53aa3ee;

impl Step<1, 3> for Sc83434a2e53aa3ee {
    const NAME: &'static str = "LIF undecayed, Soft detached";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: true,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 3]) -> [f32; 1] {
        let t0 = s[0] - p[0];
        let t1 = t0 / p[1];
        let t2 = s[0] - t1;
        let t3 = t2 + x;
        [t3]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 3]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = t0 * p[2];
        let t2 = h[0] - t1;
        (t0, [t2])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 3],
    ) -> (f32, [f32; 1], [f32; 3]) {
        let t0 = gz * slope;
        let t1 = g[0] + t0;
        let t2 = -t1;
        let t3 = 1.0_f32 / p[1];
        let t4 = t2 * t3;
        let t5 = t1 + t4;
        let t6 = -g[0];
        let t7 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t8 = t6 * t7;
        let t9 = -t0;
        let t10 = t8 + t9;
        let t11 = -t4;
        let t12 = s[0] - p[0];
        let t13 = t12 / p[1];
        let t14 = t2 * t13;
        let t15 = -t14;
        let t16 = t15 * t3;
        (t1, [t5], [t11, t16, t10])
    }
}

/// LIF undecayed, Soft: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S084b0513bc49b3af;

impl Step<1, 3> for S084b0513bc49b3af {
    const NAME: &'static str = "LIF undecayed, Soft";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: true,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 3]) -> [f32; 1] {
        let t0 = s[0] - p[0];
        let t1 = t0 / p[1];
        let t2 = s[0] - t1;
        let t3 = t2 + x;
        [t3]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 3]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = t0 * p[2];
        let t2 = h[0] - t1;
        (t0, [t2])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 3],
    ) -> (f32, [f32; 1], [f32; 3]) {
        let t0 = -g[0];
        let t1 = t0 * p[2];
        let t2 = t1 * slope;
        let t3 = g[0] + t2;
        let t4 = gz * slope;
        let t5 = t3 + t4;
        let t6 = -t5;
        let t7 = 1.0_f32 / p[1];
        let t8 = t6 * t7;
        let t9 = t5 + t8;
        let t10 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t11 = t0 * t10;
        let t12 = -t2;
        let t13 = t11 + t12;
        let t14 = -t4;
        let t15 = t13 + t14;
        let t16 = -t8;
        let t17 = s[0] - p[0];
        let t18 = t17 / p[1];
        let t19 = t6 * t18;
        let t20 = -t19;
        let t21 = t20 * t7;
        (t5, [t9], [t16, t21, t15])
    }
}

/// LIF undecayed, Hard detached: states v; parameters v_leak, tau, threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S3fa8fb23b0c6d0e9;

impl Step<1, 4> for S3fa8fb23b0c6d0e9 {
    const NAME: &'static str = "LIF undecayed, Hard detached";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: true,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 4]) -> [f32; 1] {
        let t0 = s[0] - p[0];
        let t1 = t0 / p[1];
        let t2 = s[0] - t1;
        let t3 = t2 + x;
        [t3]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 4]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = t0 * p[3];
        let t2 = 1.0_f32 - t0;
        let t3 = t2 * h[0];
        let t4 = t1 + t3;
        (t0, [t4])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 4],
    ) -> (f32, [f32; 1], [f32; 4]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = 1.0_f32 - t0;
        let t2 = g[0] * t1;
        let t3 = gz * slope;
        let t4 = t2 + t3;
        let t5 = -t4;
        let t6 = 1.0_f32 / p[1];
        let t7 = t5 * t6;
        let t8 = t4 + t7;
        let t9 = -t3;
        let t10 = -t7;
        let t11 = s[0] - p[0];
        let t12 = t11 / p[1];
        let t13 = t5 * t12;
        let t14 = -t13;
        let t15 = t14 * t6;
        (t4, [t8], [t10, t15, t9, 0.0])
    }
}

/// LIF undecayed, Hard: states v; parameters v_leak, tau, threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S7ec29aeacb70f50b;

impl Step<1, 4> for S7ec29aeacb70f50b {
    const NAME: &'static str = "LIF undecayed, Hard";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: true,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 4]) -> [f32; 1] {
        let t0 = s[0] - p[0];
        let t1 = t0 / p[1];
        let t2 = s[0] - t1;
        let t3 = t2 + x;
        [t3]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 4]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = t0 * p[3];
        let t2 = 1.0_f32 - t0;
        let t3 = t2 * h[0];
        let t4 = t1 + t3;
        (t0, [t4])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 4],
    ) -> (f32, [f32; 1], [f32; 4]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = 1.0_f32 - t0;
        let t2 = g[0] * t1;
        let t3 = g[0] * h[0];
        let t4 = -t3;
        let t5 = g[0] * p[3];
        let t6 = t4 + t5;
        let t7 = t6 * slope;
        let t8 = t2 + t7;
        let t9 = gz * slope;
        let t10 = t8 + t9;
        let t11 = -t10;
        let t12 = 1.0_f32 / p[1];
        let t13 = t11 * t12;
        let t14 = t10 + t13;
        let t15 = -t7;
        let t16 = -t9;
        let t17 = t15 + t16;
        let t18 = -t13;
        let t19 = s[0] - p[0];
        let t20 = t19 / p[1];
        let t21 = t11 * t20;
        let t22 = -t21;
        let t23 = t22 * t12;
        (t10, [t14], [t18, t23, t17, 0.0])
    }
}

/// LIF, NoReset: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S2953dbac28134d6d;

impl Step<1, 3> for S2953dbac28134d6d {
    const NAME: &'static str = "LIF, NoReset";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: true,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 3]) -> [f32; 1] {
        let t0 = s[0] - p[0];
        let t1 = x - t0;
        let t2 = t1 / p[1];
        let t3 = s[0] + t2;
        [t3]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 3]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        (t0, [h[0]])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 3],
    ) -> (f32, [f32; 1], [f32; 3]) {
        let t0 = gz * slope;
        let t1 = g[0] + t0;
        let t2 = 1.0_f32 / p[1];
        let t3 = t1 * t2;
        let t4 = -t3;
        let t5 = t1 + t4;
        let t6 = -t0;
        let t7 = -t4;
        let t8 = h[0] - s[0];
        let t9 = t1 * t8;
        let t10 = -t9;
        let t11 = t10 * t2;
        (t3, [t5], [t7, t11, t6])
    }
}

/// LIF, Soft detached: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S8e719a16dffcefc3;

impl Step<1, 3> for S8e719a16dffcefc3 {
    const NAME: &'static str = "LIF, Soft detached";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: true,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 3]) -> [f32; 1] {
        let t0 = s[0] - p[0];
        let t1 = x - t0;
        let t2 = t1 / p[1];
        let t3 = s[0] + t2;
        [t3]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 3]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = t0 * p[2];
        let t2 = h[0] - t1;
        (t0, [t2])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 3],
    ) -> (f32, [f32; 1], [f32; 3]) {
        let t0 = gz * slope;
        let t1 = g[0] + t0;
        let t2 = 1.0_f32 / p[1];
        let t3 = t1 * t2;
        let t4 = -t3;
        let t5 = t1 + t4;
        let t6 = -g[0];
        let t7 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t8 = t6 * t7;
        let t9 = -t0;
        let t10 = t8 + t9;
        let t11 = -t4;
        let t12 = h[0] - s[0];
        let t13 = t1 * t12;
        let t14 = -t13;
        let t15 = t14 * t2;
        (t3, [t5], [t11, t15, t10])
    }
}

/// LIF, Soft: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sb6446c39932d89f6;

impl Step<1, 3> for Sb6446c39932d89f6 {
    const NAME: &'static str = "LIF, Soft";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: true,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 3]) -> [f32; 1] {
        let t0 = s[0] - p[0];
        let t1 = x - t0;
        let t2 = t1 / p[1];
        let t3 = s[0] + t2;
        [t3]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 3]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = t0 * p[2];
        let t2 = h[0] - t1;
        (t0, [t2])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 3],
    ) -> (f32, [f32; 1], [f32; 3]) {
        let t0 = -g[0];
        let t1 = t0 * p[2];
        let t2 = t1 * slope;
        let t3 = g[0] + t2;
        let t4 = gz * slope;
        let t5 = t3 + t4;
        let t6 = 1.0_f32 / p[1];
        let t7 = t5 * t6;
        let t8 = -t7;
        let t9 = t5 + t8;
        let t10 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t11 = t0 * t10;
        let t12 = -t2;
        let t13 = t11 + t12;
        let t14 = -t4;
        let t15 = t13 + t14;
        let t16 = -t8;
        let t17 = h[0] - s[0];
        let t18 = t5 * t17;
        let t19 = -t18;
        let t20 = t19 * t6;
        (t7, [t9], [t16, t20, t15])
    }
}

/// LIF, Hard detached: states v; parameters v_leak, tau, threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sb027f84e34e9d430;

impl Step<1, 4> for Sb027f84e34e9d430 {
    const NAME: &'static str = "LIF, Hard detached";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: true,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 4]) -> [f32; 1] {
        let t0 = s[0] - p[0];
        let t1 = x - t0;
        let t2 = t1 / p[1];
        let t3 = s[0] + t2;
        [t3]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 4]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = t0 * p[3];
        let t2 = 1.0_f32 - t0;
        let t3 = t2 * h[0];
        let t4 = t1 + t3;
        (t0, [t4])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 4],
    ) -> (f32, [f32; 1], [f32; 4]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = 1.0_f32 - t0;
        let t2 = g[0] * t1;
        let t3 = gz * slope;
        let t4 = t2 + t3;
        let t5 = 1.0_f32 / p[1];
        let t6 = t4 * t5;
        let t7 = -t6;
        let t8 = t4 + t7;
        let t9 = -t3;
        let t10 = -t7;
        let t11 = h[0] - s[0];
        let t12 = t4 * t11;
        let t13 = -t12;
        let t14 = t13 * t5;
        (t6, [t8], [t10, t14, t9, 0.0])
    }
}

/// LIF, Hard: states v; parameters v_leak, tau, threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S20d50d5c8c7758d6;

impl Step<1, 4> for S20d50d5c8c7758d6 {
    const NAME: &'static str = "LIF, Hard";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: true,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 4]) -> [f32; 1] {
        let t0 = s[0] - p[0];
        let t1 = x - t0;
        let t2 = t1 / p[1];
        let t3 = s[0] + t2;
        [t3]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 4]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = t0 * p[3];
        let t2 = 1.0_f32 - t0;
        let t3 = t2 * h[0];
        let t4 = t1 + t3;
        (t0, [t4])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 4],
    ) -> (f32, [f32; 1], [f32; 4]) {
        let t0 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t1 = 1.0_f32 - t0;
        let t2 = g[0] * t1;
        let t3 = g[0] * h[0];
        let t4 = -t3;
        let t5 = g[0] * p[3];
        let t6 = t4 + t5;
        let t7 = t6 * slope;
        let t8 = t2 + t7;
        let t9 = gz * slope;
        let t10 = t8 + t9;
        let t11 = 1.0_f32 / p[1];
        let t12 = t10 * t11;
        let t13 = -t12;
        let t14 = t10 + t13;
        let t15 = -t7;
        let t16 = -t9;
        let t17 = t15 + t16;
        let t18 = -t13;
        let t19 = h[0] - s[0];
        let t20 = t10 * t19;
        let t21 = -t20;
        let t22 = t21 * t11;
        (t12, [t14], [t18, t22, t17, 0.0])
    }
}

/// IF, NoReset: states v; parameters threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S3c58bfab12a6aa5a;

impl Step<1, 1> for S3c58bfab12a6aa5a {
    const NAME: &'static str = "IF, NoReset";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: false,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 1]) -> [f32; 1] {
        let t0 = s[0] + x;
        [t0]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 1]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[0] { 1.0 } else { 0.0 };
        (t0, [h[0]])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 1],
    ) -> (f32, [f32; 1], [f32; 1]) {
        let t0 = gz * slope;
        let t1 = g[0] + t0;
        let t2 = -t0;
        (t1, [t1], [t2])
    }
}

/// IF, Soft detached: states v; parameters threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sa84a5276d170730b;

impl Step<1, 1> for Sa84a5276d170730b {
    const NAME: &'static str = "IF, Soft detached";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: false,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 1]) -> [f32; 1] {
        let t0 = s[0] + x;
        [t0]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 1]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[0] { 1.0 } else { 0.0 };
        let t1 = t0 * p[0];
        let t2 = h[0] - t1;
        (t0, [t2])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 1],
    ) -> (f32, [f32; 1], [f32; 1]) {
        let t0 = gz * slope;
        let t1 = g[0] + t0;
        let t2 = -g[0];
        let t3 = if h[0] >= p[0] { 1.0 } else { 0.0 };
        let t4 = t2 * t3;
        let t5 = -t0;
        let t6 = t4 + t5;
        (t1, [t1], [t6])
    }
}

/// IF, Soft: states v; parameters threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Se3a1e78408b7c8f4;

impl Step<1, 1> for Se3a1e78408b7c8f4 {
    const NAME: &'static str = "IF, Soft";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: false,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 1]) -> [f32; 1] {
        let t0 = s[0] + x;
        [t0]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 1]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[0] { 1.0 } else { 0.0 };
        let t1 = t0 * p[0];
        let t2 = h[0] - t1;
        (t0, [t2])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 1],
    ) -> (f32, [f32; 1], [f32; 1]) {
        let t0 = -g[0];
        let t1 = t0 * p[0];
        let t2 = t1 * slope;
        let t3 = g[0] + t2;
        let t4 = gz * slope;
        let t5 = t3 + t4;
        let t6 = if h[0] >= p[0] { 1.0 } else { 0.0 };
        let t7 = t0 * t6;
        let t8 = -t2;
        let t9 = t7 + t8;
        let t10 = -t4;
        let t11 = t9 + t10;
        (t5, [t5], [t11])
    }
}

/// IF, Hard detached: states v; parameters threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sa422ac93099ee93b;

impl Step<1, 2> for Sa422ac93099ee93b {
    const NAME: &'static str = "IF, Hard detached";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: false,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 2]) -> [f32; 1] {
        let t0 = s[0] + x;
        [t0]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 2]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[0] { 1.0 } else { 0.0 };
        let t1 = t0 * p[1];
        let t2 = 1.0_f32 - t0;
        let t3 = t2 * h[0];
        let t4 = t1 + t3;
        (t0, [t4])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 2],
    ) -> (f32, [f32; 1], [f32; 2]) {
        let t0 = if h[0] >= p[0] { 1.0 } else { 0.0 };
        let t1 = 1.0_f32 - t0;
        let t2 = g[0] * t1;
        let t3 = gz * slope;
        let t4 = t2 + t3;
        let t5 = -t3;
        (t4, [t4], [t5, 0.0])
    }
}

/// IF, Hard: states v; parameters threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S0fcb3e0bcc0f4f16;

impl Step<1, 2> for S0fcb3e0bcc0f4f16 {
    const NAME: &'static str = "IF, Hard";
    const READS: Reads = Reads {
        state: false,
        input: false,
    };
    const PARAMS_READ: Reads = Reads {
        state: false,
        input: false,
    };

    #[inline(always)]
    fn charge(x: f32, s: [f32; 1], p: [f32; 2]) -> [f32; 1] {
        let t0 = s[0] + x;
        [t0]
    }

    #[inline(always)]
    fn fire(h: [f32; 1], p: [f32; 2]) -> (f32, [f32; 1]) {
        let t0 = if h[0] >= p[0] { 1.0 } else { 0.0 };
        let t1 = t0 * p[1];
        let t2 = 1.0_f32 - t0;
        let t3 = t2 * h[0];
        let t4 = t1 + t3;
        (t0, [t4])
    }

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; 1],
        slope: f32,
        h: [f32; 1],
        s: [f32; 1],
        x: f32,
        p: [f32; 2],
    ) -> (f32, [f32; 1], [f32; 2]) {
        let t0 = if h[0] >= p[0] { 1.0 } else { 0.0 };
        let t1 = 1.0_f32 - t0;
        let t2 = g[0] * t1;
        let t3 = g[0] * h[0];
        let t4 = -t3;
        let t5 = g[0] * p[1];
        let t6 = t4 + t5;
        let t7 = t6 * slope;
        let t8 = t2 + t7;
        let t9 = gz * slope;
        let t10 = t8 + t9;
        let t11 = -t7;
        let t12 = -t9;
        let t13 = t11 + t12;
        (t10, [t10], [t13, 0.0])
    }
}

/// The surrogate of IF, Hard, FastSigmoid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct D0a5e4dedcc0b8d8f;

impl Slope<1> for D0a5e4dedcc0b8d8f {
    #[inline(always)]
    fn slope(u: f32, p: [f32; 1]) -> f32 {
        let t0 = u.abs();
        let t1 = t0 * p[0];
        let t2 = t1 + 1.0_f32;
        let t3 = t2 * t2;
        let t4 = 1.0_f32 / t3;
        let t5 = t4 * 1.0_f32;
        t5
    }
}

/// The surrogate of IF, Hard, Sigmoid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct D6c24c2be065160a4;

impl Slope<2> for D6c24c2be065160a4 {
    #[inline(always)]
    fn slope(u: f32, p: [f32; 2]) -> f32 {
        let t0 = u.abs();
        let t1 = t0 * p[0];
        let t2 = exp(t1);
        let t3 = t2 * p[1];
        let t4 = t2 + 1.0_f32;
        let t5 = t4 * t4;
        let t6 = t3 / t5;
        t6
    }
}

/// The surrogate of IF, Hard, ATan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct D58c3248aba2850ce;

impl Slope<2> for D58c3248aba2850ce {
    #[inline(always)]
    fn slope(u: f32, p: [f32; 2]) -> f32 {
        let t0 = u * p[0];
        let t1 = t0 * t0;
        let t2 = t1 + 1.0_f32;
        let t3 = p[1] / t2;
        t3
    }
}

/// The fused step of a program, by its content hash.
pub(crate) fn step(hash: &str) -> Option<&'static dyn StepKernel> {
    match hash {
        "4af849b64dee27ed" => Some(&Fused(S4af849b64dee27ed)),
        "c83434a2e53aa3ee" => Some(&Fused(Sc83434a2e53aa3ee)),
        "084b0513bc49b3af" => Some(&Fused(S084b0513bc49b3af)),
        "3fa8fb23b0c6d0e9" => Some(&Fused(S3fa8fb23b0c6d0e9)),
        "7ec29aeacb70f50b" => Some(&Fused(S7ec29aeacb70f50b)),
        "2953dbac28134d6d" => Some(&Fused(S2953dbac28134d6d)),
        "8e719a16dffcefc3" => Some(&Fused(S8e719a16dffcefc3)),
        "b6446c39932d89f6" => Some(&Fused(Sb6446c39932d89f6)),
        "b027f84e34e9d430" => Some(&Fused(Sb027f84e34e9d430)),
        "20d50d5c8c7758d6" => Some(&Fused(S20d50d5c8c7758d6)),
        "3c58bfab12a6aa5a" => Some(&Fused(S3c58bfab12a6aa5a)),
        "a84a5276d170730b" => Some(&Fused(Sa84a5276d170730b)),
        "e3a1e78408b7c8f4" => Some(&Fused(Se3a1e78408b7c8f4)),
        "a422ac93099ee93b" => Some(&Fused(Sa422ac93099ee93b)),
        "0fcb3e0bcc0f4f16" => Some(&Fused(S0fcb3e0bcc0f4f16)),
        _ => None,
    }
}

/// The fused slope of a program, by its content hash.
pub(crate) fn slope(hash: &str) -> Option<&'static dyn SlopeKernel> {
    match hash {
        "0a5e4dedcc0b8d8f" => Some(&FusedSlope(D0a5e4dedcc0b8d8f)),
        "6c24c2be065160a4" => Some(&FusedSlope(D6c24c2be065160a4)),
        "58c3248aba2850ce" => Some(&FusedSlope(D58c3248aba2850ce)),
        _ => None,
    }
}

/// The surrogate that most neurons have: their backward loops compute it themselves.
pub(crate) type Usual = D58c3248aba2850ce;

pub(crate) const USUAL_HASH: &str = "58c3248aba2850ce";

/// How many parameters it has.
pub(crate) const USUAL_PARAMS: usize = 2;
