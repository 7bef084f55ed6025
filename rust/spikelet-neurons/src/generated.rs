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

/// LIF undecayed, NoReset, ATan: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sde648771fa002e34;

impl Step<1, 3> for Sde648771fa002e34 {
    const NAME: &'static str = "LIF undecayed, NoReset, ATan";
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
        let t3 = t2 / p[1];
        let t4 = t1 + t3;
        let t5 = -t0;
        let t6 = -t3;
        let t7 = s[0] - p[0];
        let t8 = t7 / p[1];
        let t9 = t2 * t8;
        let t10 = -t9;
        let t11 = t10 / p[1];
        (t1, [t4], [t6, t11, t5])
    }
}

/// LIF undecayed, Soft detached, ATan: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S963c99e49b92a62f;

impl Step<1, 3> for S963c99e49b92a62f {
    const NAME: &'static str = "LIF undecayed, Soft detached, ATan";
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
        let t3 = t2 / p[1];
        let t4 = t1 + t3;
        let t5 = -g[0];
        let t6 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t7 = t5 * t6;
        let t8 = -t0;
        let t9 = t7 + t8;
        let t10 = -t3;
        let t11 = s[0] - p[0];
        let t12 = t11 / p[1];
        let t13 = t2 * t12;
        let t14 = -t13;
        let t15 = t14 / p[1];
        (t1, [t4], [t10, t15, t9])
    }
}

/// LIF undecayed, Soft, ATan: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sd85b8646cb42ac6b;

impl Step<1, 3> for Sd85b8646cb42ac6b {
    const NAME: &'static str = "LIF undecayed, Soft, ATan";
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
        let t7 = t6 / p[1];
        let t8 = t5 + t7;
        let t9 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t10 = t0 * t9;
        let t11 = -t2;
        let t12 = t10 + t11;
        let t13 = -t4;
        let t14 = t12 + t13;
        let t15 = -t7;
        let t16 = s[0] - p[0];
        let t17 = t16 / p[1];
        let t18 = t6 * t17;
        let t19 = -t18;
        let t20 = t19 / p[1];
        (t5, [t8], [t15, t20, t14])
    }
}

/// LIF undecayed, Hard detached, ATan: states v; parameters v_leak, tau, threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S6a013af59f3f055b;

impl Step<1, 4> for S6a013af59f3f055b {
    const NAME: &'static str = "LIF undecayed, Hard detached, ATan";
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
        let t6 = t5 / p[1];
        let t7 = t4 + t6;
        let t8 = -t3;
        let t9 = -t6;
        let t10 = s[0] - p[0];
        let t11 = t10 / p[1];
        let t12 = t5 * t11;
        let t13 = -t12;
        let t14 = t13 / p[1];
        (t4, [t7], [t9, t14, t8, 0.0])
    }
}

/// LIF undecayed, Hard, ATan: states v; parameters v_leak, tau, threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S7769fd712e66b389;

impl Step<1, 4> for S7769fd712e66b389 {
    const NAME: &'static str = "LIF undecayed, Hard, ATan";
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
        let t12 = t11 / p[1];
        let t13 = t10 + t12;
        let t14 = -t7;
        let t15 = -t9;
        let t16 = t14 + t15;
        let t17 = -t12;
        let t18 = s[0] - p[0];
        let t19 = t18 / p[1];
        let t20 = t11 * t19;
        let t21 = -t20;
        let t22 = t21 / p[1];
        (t10, [t13], [t17, t22, t16, 0.0])
    }
}

/// LIF, NoReset, ATan: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Se2f62643a722f864;

impl Step<1, 3> for Se2f62643a722f864 {
    const NAME: &'static str = "LIF, NoReset, ATan";
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
        let t2 = t1 / p[1];
        let t3 = -t2;
        let t4 = t1 + t3;
        let t5 = -t0;
        let t6 = -t3;
        let t7 = h[0] - s[0];
        let t8 = t1 * t7;
        let t9 = -t8;
        let t10 = t9 / p[1];
        (t2, [t4], [t6, t10, t5])
    }
}

/// LIF, Soft detached, ATan: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S2dcbda0bd6459ea9;

impl Step<1, 3> for S2dcbda0bd6459ea9 {
    const NAME: &'static str = "LIF, Soft detached, ATan";
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
        let t2 = t1 / p[1];
        let t3 = -t2;
        let t4 = t1 + t3;
        let t5 = -g[0];
        let t6 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t7 = t5 * t6;
        let t8 = -t0;
        let t9 = t7 + t8;
        let t10 = -t3;
        let t11 = h[0] - s[0];
        let t12 = t1 * t11;
        let t13 = -t12;
        let t14 = t13 / p[1];
        (t2, [t4], [t10, t14, t9])
    }
}

/// LIF, Soft, ATan: states v; parameters v_leak, tau, threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S531427173fbaedcb;

impl Step<1, 3> for S531427173fbaedcb {
    const NAME: &'static str = "LIF, Soft, ATan";
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
        let t6 = t5 / p[1];
        let t7 = -t6;
        let t8 = t5 + t7;
        let t9 = if h[0] >= p[2] { 1.0 } else { 0.0 };
        let t10 = t0 * t9;
        let t11 = -t2;
        let t12 = t10 + t11;
        let t13 = -t4;
        let t14 = t12 + t13;
        let t15 = -t7;
        let t16 = h[0] - s[0];
        let t17 = t5 * t16;
        let t18 = -t17;
        let t19 = t18 / p[1];
        (t6, [t8], [t15, t19, t14])
    }
}

/// LIF, Hard detached, ATan: states v; parameters v_leak, tau, threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S5765d391dc583e11;

impl Step<1, 4> for S5765d391dc583e11 {
    const NAME: &'static str = "LIF, Hard detached, ATan";
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
        let t5 = t4 / p[1];
        let t6 = -t5;
        let t7 = t4 + t6;
        let t8 = -t3;
        let t9 = -t6;
        let t10 = h[0] - s[0];
        let t11 = t4 * t10;
        let t12 = -t11;
        let t13 = t12 / p[1];
        (t5, [t7], [t9, t13, t8, 0.0])
    }
}

/// LIF, Hard, ATan: states v; parameters v_leak, tau, threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S65bdd728fd013fb2;

impl Step<1, 4> for S65bdd728fd013fb2 {
    const NAME: &'static str = "LIF, Hard, ATan";
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
        let t11 = t10 / p[1];
        let t12 = -t11;
        let t13 = t10 + t12;
        let t14 = -t7;
        let t15 = -t9;
        let t16 = t14 + t15;
        let t17 = -t12;
        let t18 = h[0] - s[0];
        let t19 = t10 * t18;
        let t20 = -t19;
        let t21 = t20 / p[1];
        (t11, [t13], [t17, t21, t16, 0.0])
    }
}

/// IF, NoReset, ATan: states v; parameters threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S3c58bfab12a6aa5a;

impl Step<1, 1> for S3c58bfab12a6aa5a {
    const NAME: &'static str = "IF, NoReset, ATan";
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

/// IF, Soft detached, ATan: states v; parameters threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sa84a5276d170730b;

impl Step<1, 1> for Sa84a5276d170730b {
    const NAME: &'static str = "IF, Soft detached, ATan";
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

/// IF, Soft, ATan: states v; parameters threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Se3a1e78408b7c8f4;

impl Step<1, 1> for Se3a1e78408b7c8f4 {
    const NAME: &'static str = "IF, Soft, ATan";
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

/// IF, Hard detached, ATan: states v; parameters threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sa422ac93099ee93b;

impl Step<1, 2> for Sa422ac93099ee93b {
    const NAME: &'static str = "IF, Hard detached, ATan";
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

/// IF, Hard, ATan: states v; parameters threshold, reset.to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct S0fcb3e0bcc0f4f16;

impl Step<1, 2> for S0fcb3e0bcc0f4f16 {
    const NAME: &'static str = "IF, Hard, ATan";
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
        "de648771fa002e34" => Some(&Fused(Sde648771fa002e34)),
        "963c99e49b92a62f" => Some(&Fused(S963c99e49b92a62f)),
        "d85b8646cb42ac6b" => Some(&Fused(Sd85b8646cb42ac6b)),
        "6a013af59f3f055b" => Some(&Fused(S6a013af59f3f055b)),
        "7769fd712e66b389" => Some(&Fused(S7769fd712e66b389)),
        "e2f62643a722f864" => Some(&Fused(Se2f62643a722f864)),
        "2dcbda0bd6459ea9" => Some(&Fused(S2dcbda0bd6459ea9)),
        "531427173fbaedcb" => Some(&Fused(S531427173fbaedcb)),
        "5765d391dc583e11" => Some(&Fused(S5765d391dc583e11)),
        "65bdd728fd013fb2" => Some(&Fused(S65bdd728fd013fb2)),
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
