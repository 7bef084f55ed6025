//! What stands beside the events of a recording, as numpy arrays.

use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikelet_events::{Frame, Imu, Kept, OwnedFrame};

/// Columns by name.
type Columns<'py> = Bound<'py, PyDict>;

/// One value of every item, as an array under a name.
fn column<I, T: numpy::Element>(
    columns: &Columns<'_>,
    name: &str,
    items: &[I],
    value: impl Fn(&I) -> T,
) -> PyResult<()> {
    let values: Vec<T> = items.iter().map(value).collect();
    columns.set_item(name, values.into_pyarray(columns.py()))
}

/// `[n, 3]` axes.
fn axes<'py>(
    columns: &Columns<'py>,
    name: &str,
    imu: &[Imu],
    value: impl Fn(&Imu) -> [f32; 3],
) -> PyResult<()> {
    let values: Vec<f32> = imu.iter().flat_map(value).collect();
    let array: Bound<'py, PyArray1<f32>> = values.into_pyarray(columns.py());
    let array: Bound<'py, PyArray2<f32>> = array.reshape([imu.len(), 3])?;
    columns.set_item(name, array)
}

/// Samples of the inertial sensor: `t`, three times `[n, 3]` and `temperature`.
pub(super) fn imu<'py>(py: Python<'py>, kept: &Kept) -> PyResult<Columns<'py>> {
    let columns = PyDict::new(py);
    column(&columns, "t", &kept.imu, |imu| imu.t)?;
    axes(&columns, "accelerometer", &kept.imu, |imu| {
        imu.accelerometer
    })?;
    axes(&columns, "gyroscope", &kept.imu, |imu| imu.gyroscope)?;
    axes(&columns, "magnetometer", &kept.imu, |imu| imu.magnetometer)?;
    column(&columns, "temperature", &kept.imu, |imu| imu.temperature)?;
    Ok(columns)
}

/// Readings of single pixels' grey levels.
pub(super) fn samples<'py>(py: Python<'py>, kept: &Kept) -> PyResult<Columns<'py>> {
    let columns = PyDict::new(py);
    column(&columns, "t", &kept.samples, |sample| sample.t)?;
    column(&columns, "x", &kept.samples, |sample| sample.x)?;
    column(&columns, "y", &kept.samples, |sample| sample.y)?;
    column(&columns, "read", &kept.samples, |sample| sample.read)?;
    column(&columns, "value", &kept.samples, |sample| sample.value)?;
    Ok(columns)
}

/// Marks that are neither events nor edges.
pub(super) fn specials<'py>(py: Python<'py>, kept: &Kept) -> PyResult<Columns<'py>> {
    let columns = PyDict::new(py);
    column(&columns, "t", &kept.specials, |special| special.t)?;
    column(&columns, "kind", &kept.specials, |special| special.kind)?;
    column(&columns, "data", &kept.specials, |special| special.data)?;
    Ok(columns)
}

/// Events of exposure.
pub(super) fn exposures<'py>(py: Python<'py>, kept: &Kept) -> PyResult<Columns<'py>> {
    let columns = PyDict::new(py);
    let exposures = &kept.exposures;
    column(&columns, "t", exposures, |exposure| exposure.t)?;
    column(&columns, "x", exposures, |exposure| exposure.x)?;
    column(&columns, "y", exposures, |exposure| exposure.y)?;
    column(&columns, "is_second", exposures, |exposure| {
        exposure.is_second
    })?;
    column(&columns, "index", exposures, |exposure| exposure.index)?;
    Ok(columns)
}

/// `[n, 3]` red, green, blue.
pub(super) fn colors<'py>(py: Python<'py>, kept: &Kept) -> PyResult<Bound<'py, PyArray2<u8>>> {
    let values: Vec<u8> = kept.colors.iter().flat_map(|c| [c.r, c.g, c.b]).collect();
    values.into_pyarray(py).reshape([kept.colors.len(), 3])
}

/// Whole payloads: when, where each ends, and their bytes.
pub(super) fn payloads<'py>(py: Python<'py>, kept: &Kept) -> PyResult<Columns<'py>> {
    let columns = PyDict::new(py);
    let payloads = &kept.payloads;
    let whole = payloads.ends.last().map_or(0, |&end| end as usize);
    column(&columns, "t", &payloads.t, |&t| t)?;
    column(&columns, "ends", &payloads.ends, |&end| end)?;
    let bytes = payloads.bytes.get(..whole).unwrap_or_default();
    column(&columns, "data", bytes, |&byte| byte)?;
    Ok(columns)
}

/// Frames, one dictionary each; the pixels are given away and come once.
pub(super) fn frames<'py>(py: Python<'py>, kept: &mut Kept) -> PyResult<Vec<Columns<'py>>> {
    let frames = core::mem::take(&mut kept.frames);
    frames
        .into_iter()
        .map(|frame| describe(py, frame))
        .collect()
}

fn describe(py: Python<'_>, frame: OwnedFrame) -> PyResult<Columns<'_>> {
    let OwnedFrame { facts, pixels } = frame;
    let Frame {
        t,
        start,
        end,
        exposure_start,
        exposure_end,
        x,
        y,
        ..
    } = facts;
    let shape = [
        facts.height as usize,
        facts.width as usize,
        facts.channels as usize,
    ];
    let row = PyDict::new(py);
    row.set_item("t", t)?;
    row.set_item("start", start)?;
    row.set_item("end", end)?;
    row.set_item("exposure_start", exposure_start)?;
    row.set_item("exposure_end", exposure_end)?;
    row.set_item("x", x)?;
    row.set_item("y", y)?;
    if facts.sample_bytes == 2 {
        let pairs = pixels.as_chunks().0.iter();
        let samples: Vec<u16> = pairs.map(|&pair| u16::from_le_bytes(pair)).collect();
        row.set_item("pixels", samples.into_pyarray(py).reshape(shape)?)?;
    } else {
        row.set_item("pixels", pixels.into_pyarray(py).reshape(shape)?)?;
    }
    Ok(row)
}
