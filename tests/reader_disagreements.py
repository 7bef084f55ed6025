"""Where other readers of recordings part from what is stored, by reader and recording, and why."""

ORDER = "it takes any step back in time for a wrap of the counter, or misses one"
TIMES = "it takes each smaller lower part of the time for a wrap, which the upper part alone can tell"
LIFTED = "it lifts times that step back to the largest before them; what is stored must win"
NO_WRAP = "it does not undo the wrap of the time"
FLIPPED = "it counts y from the other side; the manifest keeps what is stored"
FIELDS = "it reads the fields of a word from other bits, so pixels and their number differ"
UNTIMED = "it hands out events that no word had given a time yet"
NEEDS_ITEMS = "it takes a recording that begins with something else, or holds nothing, for a failure"
OUTSIDE = "it will not hold events beyond the sensor, or drops them without a count"
CUT = "it wants the end of the file whole and gives nothing of what comes before"
KIND = "it does not know this kind of the format"
LAYOUT = "it takes the layout of another chip or version"
BYTES = "it takes the halves of a word the wrong way round"
STREAMS = "it finds no events where a file holds several streams"
ORIGIN = "it counts time from the first event"

# The manifest, which an independent decoder made, says who is right: not they, each time.
DISAGREEMENTS = {
    ("aestream", "dat_wrap_a.dat"): ("differs in t", NO_WRAP),
    ("aestream", "event2d_v1_a.dat"): ("differs in xyp", LAYOUT),
    ("aestream", "evt2_gen3_vga.raw"): ("refuses", KIND),
    ("aestream", "evt2_hd_transcoded.raw"): ("52049 of 82469", FIELDS),
    ("aestream", "evt2_odd_tail_a.raw"): ("1711 of 3000", FIELDS),
    ("aestream", "evt2_out_of_range_a.raw"): ("1711 of 3000", FIELDS),
    ("aestream", "evt2_wrap_a.raw"): ("2490 of 4000", FIELDS),
    ("aestream", "evt3_before_time_a.raw"): ("3002 of 3000", UNTIMED),
    ("aestream", "evt3_cut_in_vector_a.raw"): ("differs in t", TIMES),
    ("aestream", "evt3_gen41_hd.raw"): ("differs in t", TIMES),
    ("aestream", "evt3_header_without_end_a.raw"): ("differs in t", TIMES),
    ("aestream", "evt3_odd_tail_a.raw"): ("differs in t", TIMES),
    ("aestream", "evt3_trigger_hd.raw"): ("differs in t", TIMES),
    ("aestream", "evt3_wrap_a.raw"): ("differs in t", TIMES),
    ("aestream", "aedat4_cut_a.aedat4"): ("refuses", KIND),
    ("aestream", "aedat4_cut_no_table_a.aedat4"): ("refuses", KIND),
    ("aestream", "aedat4_davis346_lz4.aedat4"): ("0 of 6676", STREAMS),
    ("aestream", "aedat4_none_transcoded.aedat4"): ("refuses", KIND),
    ("aestream", "aedat4_zstd_transcoded.aedat4"): ("refuses", KIND),
    ("aedat", "aedat4_cut_a.aedat4"): ("refuses", CUT),
    ("aedat", "aedat4_cut_no_table_a.aedat4"): ("refuses", CUT),
    ("dv_processing", "aedat4_cut_a.aedat4"): ("refuses", CUT),
    ("eventcv", "aedat2_davis240_boxes.aedat"): ("differs in y", FLIPPED),
    ("eventcv", "aedat2_dvs128.aedat"): ("refuses", KIND),
    ("eventcv", "aedat2_wrap_a.aedat"): ("refuses", KIND),
    ("eventcv", "aedat4_davis346_lz4.aedat4"): ("0 of 6676", STREAMS),
    ("eventcv", "dat_wrap_a.dat"): ("differs in t", NO_WRAP),
    ("eventcv", "dsec_a.h5"): ("differs in t", ORIGIN),
    ("eventcv", "dsec_blosc_a.h5"): ("refuses", KIND),
    ("eventcv", "event2d_v1_a.dat"): ("302 of 10353", LAYOUT),
    ("eventcv", "evt2_out_of_range_a.raw"): ("2985 of 3000", OUTSIDE),
    ("eventcv", "ncars_a.dat"): ("refuses", "it wants the sensor size, which this header does not hold"),
    ("evio", "bin40_overflow_a.bin"): ("542 of 500", "it takes records that only lift the time for events"),
    ("evio", "dat_odd_tail_a.dat"): ("refuses", CUT),
    ("evio", "dat_wrap_a.dat"): ("differs in t", NO_WRAP),
    ("evio", "dvs_gesture_like_1.bs2"): ("refuses", "it knows the ending .bin alone"),
    ("evio", "nmnist_b.bs2"): ("refuses", "it knows the ending .bin alone"),
    ("evio", "event2d_v1_a.dat"): ("differs in xyp", LAYOUT),
    ("evlib", "evt2_wrap_a.raw"): ("differs in t", NO_WRAP),
    ("evlib", "evt21_kv260_vectors_legacy.raw"): ("0 of 2617", BYTES),
    ("evlib", "evt3_before_time_a.raw"): ("3001 of 3000", UNTIMED),
    ("evt3", "evt3_odd_tail_a.raw"): ("refuses", CUT),
    ("evutils", "aedat2_dvs128.aedat"): ("76983 of 155766", LAYOUT),
    ("evutils", "aedat2_wrap_a.aedat"): ("1000 of 2000", LAYOUT),
    ("evutils", "aedat31_a.aedat"): ("0 of 58242", "a packet of another kind ends its reading"),
    ("evutils", "dat_backward_a.dat"): ("differs in t", ORDER),
    ("evutils", "event2d_v1_a.dat"): ("differs in xyp", LAYOUT),
    ("evutils", "evt21_hd_transcoded.raw"): ("1327701 of 82469", BYTES),
    ("evutils", "evt21_kv260_vectors.raw"): ("6169 of 2617", BYTES),
    ("expelliarmus", "dat_backward_a.dat"): ("differs in t", ORDER),
    ("expelliarmus", "dat_no_type_a.dat"): ("refuses", NEEDS_ITEMS),
    ("expelliarmus", "event2d_v1_a.dat"): ("differs in xyp", LAYOUT),
    ("expelliarmus", "evt2_empty_a.raw"): ("refuses", NEEDS_ITEMS),
    ("expelliarmus", "evt2_wrap_a.raw"): ("differs in t", ORDER),
    ("expelliarmus", "evt3_before_time_a.raw"): ("3002 of 3000", UNTIMED),
    ("expelliarmus", "evt3_empty_a.raw"): ("refuses", NEEDS_ITEMS),
    ("expelliarmus", "evt3_gen41_hd.raw"): ("differs in t", TIMES),
    ("expelliarmus", "evt3_header_without_end_a.raw"): ("differs in t", TIMES),
    ("expelliarmus", "evt3_odd_tail_a.raw"): ("differs in t", TIMES),
    ("expelliarmus", "evt3_trigger_hd.raw"): ("refuses", NEEDS_ITEMS),
    ("expelliarmus", "evt3_wrap_a.raw"): ("differs in t", TIMES),
    ("faery", "aedat4_cut_a.aedat4"): ("refuses", CUT),
    ("faery", "aedat4_cut_no_table_a.aedat4"): ("refuses", CUT),
    ("faery", "dat_backward_a.dat"): ("differs in t", LIFTED),
    ("faery", "dat_no_type_a.dat"): ("refuses", CUT),
    ("faery", "dvs_hd_transcoded.es"): ("differs in y", FLIPPED),
    ("faery", "dvs_small.es"): ("differs in y", FLIPPED),
    ("faery", "es_cut_a.es"): ("differs in y", FLIPPED),
    ("faery", "event2d_v1_a.dat"): ("refuses", KIND),
    ("faery", "evt2_out_of_range_a.raw"): ("refuses", OUTSIDE),
    ("faery", "evt21_hd_transcoded.raw"): ("refuses", KIND),
    ("faery", "evt21_kv260_vectors.raw"): ("refuses", KIND),
    ("faery", "evt21_kv260_vectors_legacy.raw"): ("refuses", KIND),
    ("faery", "evt3_before_time_a.raw"): ("3002 of 3000", UNTIMED),
    ("faery", "evt3_gen41_hd.raw"): ("differs in t", LIFTED),
    ("faery", "evt3_wrap_a.raw"): ("differs in t", LIFTED),
    ("faery", "ncars_a.dat"): ("refuses", KIND),
}

# The same, of what is written here.
NOT_ALIKE = {
    ("aestream", "evt2"): FIELDS,
    ("aestream", "evt3"): TIMES,
    ("expelliarmus", "evt3"): TIMES,
    ("aestream", "aedat4"): KIND,
    ("faery", "es"): FLIPPED,
}
