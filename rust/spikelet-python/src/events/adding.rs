//! What stands beside the events, from numpy arrays.

use numpy::{Element, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3, PyUntypedArrayMethods};
use pyo3::prelude::*;
use spikelet_events::{Color, Columns, Exposure, Frame, Imu, OwnedFrame, Sample, Special, Trigger};

use crate::array::contiguous;
use crate::error::{dtype_error, shape_error};

/// Refuses columns that are not as long as the first.
fn equally_long<const N: usize>(lengths: [usize; N]) -> PyResult<()> {
    if lengths.iter().all(|length| Some(length) == lengths.first()) {
        return Ok(());
    }
    Err(shape_error(format!(
        "columns must be equally long, got {lengths:?}; pass one value of each per item"
    )))
}

pub(super) fn triggers(
    t: &PyReadonlyArray1<'_, i64>,
    id: &PyReadonlyArray1<'_, u8>,
    p: &PyReadonlyArray1<'_, bool>,
) -> PyResult<Vec<Trigger>> {
    let (t, id, p) = (
        contiguous("t", t)?,
        contiguous("id", id)?,
        contiguous("p", p)?,
    );
    equally_long([t.len(), id.len(), p.len()])?;
    let items = t.iter().zip(id).zip(p);
    Ok(items.map(|((&t, &id), &p)| Trigger { t, id, p }).collect())
}

pub(super) fn imu(
    t: &PyReadonlyArray1<'_, i64>,
    axes: [&PyReadonlyArray2<'_, f32>; 3],
    temperature: &PyReadonlyArray1<'_, f32>,
) -> PyResult<Vec<Imu>> {
    let (t, temperature) = (contiguous("t", t)?, contiguous("temperature", temperature)?);
    let [accelerometer, gyroscope, magnetometer] = axes.map(threes);
    let (accelerometer, gyroscope) = (accelerometer?, gyroscope?);
    let magnetometer = magnetometer?;
    equally_long([
        t.len(),
        accelerometer.len(),
        gyroscope.len(),
        magnetometer.len(),
        temperature.len(),
    ])?;
    let axes = accelerometer.into_iter().zip(gyroscope).zip(magnetometer);
    let items = t.iter().zip(axes).zip(temperature);
    Ok(items
        .map(
            |((&t, ((accelerometer, gyroscope), magnetometer)), &temperature)| Imu {
                t,
                accelerometer,
                gyroscope,
                magnetometer,
                temperature,
            },
        )
        .collect())
}

/// The rows of an array of `[n, 3]`.
fn threes<T: Element + Copy>(array: &PyReadonlyArray2<'_, T>) -> PyResult<Vec<[T; 3]>> {
    let shape = array.shape();
    let Ok(values) = array.as_slice() else {
        return Err(dtype_error(
            "array must be contiguous, got strides; pass `numpy.ascontiguousarray` of it".into(),
        ));
    };
    if shape.get(1) != Some(&3) {
        return Err(shape_error(format!(
            "array must have shape [n, 3], got {shape:?}; pass three values per item"
        )));
    }
    Ok(values.as_chunks().0.to_vec())
}

pub(super) fn specials(
    t: &PyReadonlyArray1<'_, i64>,
    kind: &PyReadonlyArray1<'_, u8>,
    data: &PyReadonlyArray1<'_, u32>,
) -> PyResult<Vec<Special>> {
    let (t, kind) = (contiguous("t", t)?, contiguous("kind", kind)?);
    let data = contiguous("data", data)?;
    equally_long([t.len(), kind.len(), data.len()])?;
    let items = t.iter().zip(kind).zip(data);
    Ok(items
        .map(|((&t, &kind), &data)| Special { t, kind, data })
        .collect())
}

pub(super) fn samples(
    t: &PyReadonlyArray1<'_, i64>,
    (x, y): (&PyReadonlyArray1<'_, u16>, &PyReadonlyArray1<'_, u16>),
    (read, value): (&PyReadonlyArray1<'_, u8>, &PyReadonlyArray1<'_, u16>),
) -> PyResult<Vec<Sample>> {
    let (t, x, y) = (
        contiguous("t", t)?,
        contiguous("x", x)?,
        contiguous("y", y)?,
    );
    let (read, value) = (contiguous("read", read)?, contiguous("value", value)?);
    equally_long([t.len(), x.len(), y.len(), read.len(), value.len()])?;
    let items = t.iter().zip(x).zip(y).zip(read).zip(value);
    Ok(items
        .map(|((((&t, &x), &y), &read), &value)| Sample {
            t,
            x,
            y,
            read,
            value,
        })
        .collect())
}

pub(super) fn exposures(
    columns: Columns<'_>,
    index: &PyReadonlyArray1<'_, u64>,
) -> PyResult<Vec<Exposure>> {
    let index = contiguous("index", index)?;
    equally_long([columns.len(), index.len()])?;
    let items = columns.iter().zip(index);
    Ok(items
        .map(|(event, &index)| Exposure {
            t: event.t,
            x: event.x,
            y: event.y,
            is_second: event.p,
            index,
        })
        .collect())
}

pub(super) fn colors(colors: &PyReadonlyArray2<'_, u8>) -> PyResult<Vec<Color>> {
    let rows = threes(colors)?;
    Ok(rows
        .into_iter()
        .map(|[r, g, b]| Color { r, g, b })
        .collect())
}

pub(super) fn frame(
    (t, start, end, exposure_start, exposure_end): (i64, i64, i64, i64, i64),
    (x, y): (i32, i32),
    pixels: &Bound<'_, PyAny>,
) -> PyResult<OwnedFrame> {
    let (sides, sample_bytes, pixels) = if let Ok(bytes) =
        pixels.extract::<PyReadonlyArray3<'_, u8>>()
    {
        let values = bytes.as_array().iter().copied().collect();
        (sides(bytes.shape())?, 1, values)
    } else if let Ok(samples) = pixels.extract::<PyReadonlyArray3<'_, u16>>() {
        let values = samples.as_array();
        let values = values.iter().flat_map(|sample| sample.to_le_bytes());
        (sides(samples.shape())?, 2, values.collect())
    } else {
        return Err(dtype_error(
            "`pixels` must be [H, W, C] of uint8 or uint16, got another array; convert it".into(),
        ));
    };
    let (height, width, channels) = sides;
    let facts = Frame {
        t,
        start,
        end,
        exposure_start,
        exposure_end,
        x,
        y,
        width,
        height,
        channels,
        sample_bytes,
        pixels: &[],
    };
    Ok(OwnedFrame { facts, pixels })
}

fn sides(shape: &[usize]) -> PyResult<(u32, u32, u8)> {
    let sides = match *shape {
        [height, width, channels] => (height.try_into(), width.try_into(), channels.try_into()),
        _ => return Err(wrong(shape)),
    };
    match sides {
        (Ok(height), Ok(width), Ok(channels)) => Ok((height, width, channels)),
        _ => Err(wrong(shape)),
    }
}

fn wrong(shape: &[usize]) -> PyErr {
    shape_error(format!(
        "`pixels` must have shape [H, W, C] with up to 255 channels, got {shape:?}; bring them into it"
    ))
}
