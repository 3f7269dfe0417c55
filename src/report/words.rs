//! Pure. The words of reports in English, Vietnamese and Korean, by the names that classes, losses and KPIs have in the API.

/// A language of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Vietnamese.
    Vi,
    /// Korean.
    Ko,
}

impl Lang {
    /// Every language, in the order of the table.
    pub const ALL: [Lang; 3] = [Lang::En, Lang::Vi, Lang::Ko];

    /// Its code of ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Vi => "vi",
            Lang::Ko => "ko",
        }
    }

    /// The language of that code.
    pub fn parse(code: &str) -> Option<Lang> {
        Lang::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// A word of the table; one that is not in it stands as it is.
    pub fn word(self, name: &str) -> &str {
        let known = TABLE.iter().find(|(key, _)| *key == name);
        known.map_or(name, |(_, texts)| texts[self as usize])
    }
}

type Row = (&'static str, [&'static str; 3]);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // Heads.
    ("shift_report", ["Shift report", "Báo cáo ca", "교대 보고서"]),
    ("day_report", ["Day report", "Báo cáo ngày", "일간 보고서"]),
    ("week_report", ["Week report", "Báo cáo tuần", "주간 보고서"]),
    ("production_date", ["Production date", "Ngày sản xuất", "생산일"]),
    ("so_far", ["so far", "đến hiện tại", "현재까지"]),
    ("provisional", ["Provisional", "Tạm tính", "잠정"]),
    ("loss_policy", ["Loss policy", "Quy tắc tính tổn thất", "손실 계산 규칙"]),
    ("data_until", ["Data until", "Số liệu đến", "데이터 기준 시각"]),
    ("engine", ["engine", "bộ tính", "계산 엔진"]),
    ("unknown_engine", ["not known", "không rõ", "알 수 없음"]),
    ("plant", ["Whole plant", "Toàn nhà máy", "공장 전체"]),
    ("line", ["Production line", "Dây chuyền", "라인"]),
    ("machine", ["Machine", "Máy", "설비"]),
    // Short heads of the overview.
    ("short_oee", ["OEE", "OEE", "OEE"]),
    ("short_availability", ["Avail.", "Sẵn sàng", "가동률"]),
    ("short_performance", ["Perf.", "Hiệu suất", "성능"]),
    ("short_quality", ["Quality", "Chất lượng", "품질"]),
    ("short_coverage", ["Coverage", "Độ phủ", "수집률"]),
    ("short_good", ["Good", "Hàng đạt", "양품"]),
    ("short_attainment", ["Of target", "Hoàn thành", "달성률"]),
    ("short_total", ["Total", "Tổng", "총수량"]),
    ("short_reject", ["Reject", "NG", "불량"]),
    ("short_rework", ["Rework", "Hàng sửa", "재작업"]),
    ("short_planned", ["Of planned", "So với kế hoạch", "계획 대비"]),
    // Pieces.
    ("output", ["Output", "Sản lượng", "생산량"]),
    ("total", ["Total", "Tổng sản lượng", "총 생산량"]),
    ("good", ["Good", "Hàng đạt (OK)", "양품"]),
    ("reject", ["Reject", "NG", "불량"]),
    ("startup", ["Startup reject", "NG khi khởi động", "초기 불량"]),
    ("rework", ["Rework", "Hàng sửa (rework)", "재작업"]),
    ("reworked", ["Reworked and passed", "Hàng sửa đạt", "재작업 합격"]),
    ("gap", ["of it in data gaps", "trong đó lúc mất tín hiệu", "그중 무신호 구간"]),
    ("plan", ["Target", "Sản lượng kế hoạch", "목표 수량"]),
    ("attainment", ["Target achievement", "Tỷ lệ hoàn thành kế hoạch", "목표 달성률"]),
    ("product", ["Product", "Sản phẩm", "품목"]),
    ("of_register", ["as the machine's controller tells", "theo bộ điều khiển của máy", "설비 제어기 값"]),
    ("suggested_ideal", ["suggested standard cycle (P10 of its cycles)", "chu kỳ chuẩn gợi ý (P10 của các chu kỳ)",
        "제안 이론 사이클 타임 (사이클의 P10)"]),
    ("of_parts", ["Each part: pieces made in known time, good or not (shots × pieces of it per shot)",
        "Từng chi tiết: số đã làm trong thời gian có dữ liệu, cả OK lẫn NG (số shot × số cái mỗi shot)",
        "부품별: 데이터가 있는 시간의 생산 수량, 양품·불량 포함 (쇼트 수 × 쇼트당 개수)"]),
    ("parts_untold", ["Pieces not told by part (a cavity was not in use, or no shots were counted)",
        "Số chưa chia được theo chi tiết (có lòng khuôn bị bịt, hoặc không đếm shot)",
        "부품별로 나눌 수 없는 수량 (막힌 캐비티가 있거나 쇼트를 세지 않음)"]),
    ("order", ["Work order", "Lệnh sản xuất", "작업지시"]),
    ("quantity", ["Quantity", "Số lượng", "지시 수량"]),
    ("in_this_time", ["In this time", "Trong kỳ", "기간 내"]),
    ("delivered", ["Delivered", "Đã hoàn thành", "누적 완료"]),
    ("progress", ["Progress", "Tiến độ", "진척률"]),
    ("no_plan", ["no OEE target, or planned time without a standard cycle", "chưa có mục tiêu OEE hoặc chu kỳ chuẩn",
        "OEE 목표값 또는 이론 사이클 타임 없음"]),
    // Ratios.
    ("oee", ["OEE", "OEE", "OEE"]),
    ("availability", ["Availability", "Sẵn sàng", "시간가동률"]),
    ("performance", ["Performance", "Hiệu suất", "성능가동률"]),
    ("quality", ["Quality", "Chất lượng", "양품률"]),
    ("bridged_oee", ["Bridged OEE", "OEE bù lúc mất tín hiệu", "보정 OEE"]),
    ("nee", ["NEE", "NEE", "NEE"]),
    ("coverage", ["Data coverage", "Độ phủ dữ liệu", "데이터 수집률"]),
    ("too_early", ["too little planned time or too few cycles for ratios", "chưa đủ thời gian hoặc chu kỳ để tính tỷ lệ",
        "비율을 계산하기에 시간 또는 사이클 부족"]),
    ("low_coverage", ["less than half of planned time is known", "chưa biết được một nửa thời gian kế hoạch",
        "계획 시간의 절반 미만만 확인됨"]),
    ("above_one", ["performance above 100%: the standard cycle is too long?",
        "hiệu suất trên 100%: chu kỳ chuẩn quá dài?", "성능가동률 100% 초과: 이론 사이클 타임이 너무 긴가?"]),
    ("manual_quality", ["people enter the rejects: quality is provisional until the shift is closed",
        "NG được nhập tay: chất lượng là tạm tính cho đến khi chốt ca", "불량은 수기 입력: 교대 마감 전까지 품질은 잠정"]),
    ("no_rejects", ["rejects are not counted on", "không đếm NG ở", "불량을 집계하지 않는 설비"]),
    ("excess_rejects", ["more rejects or good pieces than pieces in all on", "số NG hoặc OK nhiều hơn sản lượng ở",
        "불량 또는 양품이 생산 수량보다 많은 설비"]),
    ("left_out", ["of run time has no standard cycle and is left out of performance, quality and OEE",
        "thời gian chạy chưa có chu kỳ chuẩn, không tính vào hiệu suất, chất lượng và OEE",
        "가동 시간은 이론 사이클 타임이 없어 성능, 품질, OEE에서 제외"]),
    // Why a ratio is undefined.
    ("missing_planned_time", ["no planned time", "không có thời gian kế hoạch", "계획 시간 없음"]),
    ("missing_run_time", ["no run time", "không có thời gian chạy máy", "가동 시간 없음"]),
    ("missing_standard", ["no standard cycle", "chưa có chu kỳ chuẩn", "이론 사이클 타임 없음"]),
    ("missing_pieces", ["no piece was made", "không có sản phẩm nào", "생산 수량 없음"]),
    ("missing_rejects", ["rejects are not counted", "không đếm phế phẩm", "불량을 집계하지 않음"]),
    ("missing_judgement", ["the quality of some pieces is not known", "chưa biết chất lượng của một số sản phẩm",
        "일부 수량의 품질을 알 수 없음"]),
    ("missing_excess_reject", ["more rejects or good pieces than pieces", "số NG hoặc OK nhiều hơn sản lượng",
        "불량 또는 양품이 생산 수량보다 많음"]),
    ("missing_bridge", ["time without data is not closed by a counter", "bộ đếm không bù được lúc mất tín hiệu",
        "무신호 구간을 카운터로 보정할 수 없음"]),
    ("missing_policy", ["no loss policy", "không có quy tắc tính tổn thất", "손실 계산 규칙 없음"]),
    ("missing_calendar", ["no production day", "không có ngày sản xuất", "생산일 없음"]),
    ("missing_headcount", ["headcount not told of all of it", "chưa nhập đủ số người", "인원수가 모두 입력되지 않음"]),
    ("missing_cycles", ["no cycle was timed", "chưa đo được chu kỳ", "측정된 사이클 없음"]),
    ("missing_resolution", ["polled too seldom for such cycles", "đọc quá thưa so với chu kỳ", "사이클에 비해 수집 주기가 김"]),
    ("missing_counts", ["machines count differently", "các máy đếm theo cách khác nhau", "설비마다 계수 단위가 다름"]),
    ("missing_failures", ["nothing failed", "không có máy hỏng", "고장 없음"]),
    ("missing_repairs", ["no breakdown ended", "chưa có lần hỏng nào kết thúc", "완료된 고장 없음"]),
    ("missing_energy", ["no energy was measured", "chưa đo điện năng", "전력 측정값 없음"]),
    ("missing_meter", ["no meter told all of it", "công tơ không ghi đủ", "계량기가 모두 기록하지 않음"]),
    // Time: levels, losses and classes by their names in the API.
    ("six_losses", ["Six big losses", "6 tổn thất lớn", "6대 로스"]),
    ("time", ["Time (h:mm)", "Thời gian (g:pp)", "시간 (h:mm)"]),
    ("pieces", ["Pieces", "Số lượng", "수량"]),
    ("share", ["Share", "Tỷ trọng", "비율"]),
    ("calendar", ["Calendar time", "Thời gian lịch", "달력 시간"]),
    ("scheduled", ["Scheduled time", "Thời gian trong ca", "근무 시간"]),
    ("pbt", ["Planned busy time", "Thời gian sản xuất theo kế hoạch", "계획 가동시간"]),
    ("apt", ["Run time", "Thời gian chạy máy", "가동 시간"]),
    ("net", ["Ideal time of all pieces", "Thời gian chuẩn của tổng sản lượng", "전체 수량의 이론 시간"]),
    ("productive", ["Ideal time of good pieces", "Thời gian chuẩn của hàng đạt", "양품의 이론 시간"]),
    ("not_recorded", ["Not recorded", "Chưa ghi nhận", "기록 없음"]),
    ("no_standard", ["No standard cycle", "Chưa có chu kỳ chuẩn", "이론 사이클 타임 없음"]),
    ("cavities", ["Cavity loss", "Tổn thất bịt lòng khuôn", "캐비티 손실"]),
    ("speed", ["Speed loss", "Tổn thất tốc độ", "속도 로스"]),
    ("startup_rejects", ["Startup reject", "NG khi khởi động", "초기 불량"]),
    ("process_rejects", ["Process reject", "NG công đoạn", "공정 불량"]),
    ("not_judged", ["Quality not known", "Chưa biết chất lượng", "품질 미확인"]),
    ("running", ["Running", "Đang chạy", "가동 중"]),
    ("minor_stop", ["Minor stop", "Dừng vặt", "순간정지"]),
    ("unexplained", ["No reason yet", "Chưa nhập lý do", "사유 미입력"]),
    ("breakdown", ["Breakdown", "Máy hỏng", "설비 고장"]),
    ("waiting", ["Waiting", "Chờ", "대기"]),
    ("setup", ["Set-up", "Chỉnh máy (set-up)", "준비 교체 (셋업)"]),
    ("not_scheduled", ["Not scheduled", "Ngoài lịch sản xuất", "비근무 시간"]),
    ("planned_stop", ["Planned stop", "Dừng theo kế hoạch", "계획정지"]),
    ("break", ["Break", "Nghỉ giữa ca", "휴식"]),
    ("no_order", ["No order", "Không có lệnh sản xuất", "작업지시 없음"]),
    ("unknown", ["Unknown (no data)", "Không có dữ liệu", "데이터 없음"]),
    ("clock_skip", ["Clock set forward", "Đồng hồ chỉnh tới", "시계 앞당김"]),
    // Stops.
    ("top_stops", ["Top stops by reason", "Dừng máy nhiều nhất theo lý do", "사유별 주요 정지"]),
    ("longest_stops", ["Longest stops", "Các lần dừng lâu nhất", "최장 정지"]),
    ("count", ["Count", "Số lần", "횟수"]),
    ("of_planned", ["Share of planned time", "Tỷ trọng thời gian kế hoạch", "계획 시간 대비"]),
    ("reason", ["Reason", "Lý do", "사유"]),
    ("class", ["Loss", "Tổn thất", "로스"]),
    ("from", ["From", "Từ", "부터"]),
    ("no_reason", ["(no reason)", "(không có lý do)", "(사유 없음)"]),
    ("others", ["others", "khác", "기타"]),
    ("none", ["none", "không có", "없음"]),
    ("pruned", ["Minutes and single stops are no longer kept before", "Số liệu từng phút không còn được giữ trước",
        "분 단위 데이터 보관 시작"]),
    ("scrap_by_reason", ["Scrap by reason", "Phế bỏ theo lý do", "사유별 폐기"]),
    ("rework_by_reason", ["Rework by reason", "Hàng sửa theo lý do", "사유별 재작업"]),
    // Cycles, repairs, people.
    ("mtbf", ["MTBF (run time / failures)", "MTBF (thời gian chạy / số lần hỏng)", "MTBF (가동 시간/고장 횟수)"]),
    ("mttr", ["MTTR (breakdowns that ended)", "MTTR (các lần hỏng đã xong)", "MTTR (완료된 고장)"]),
    ("failures", ["Failures", "Số lần hỏng", "고장 횟수"]),
    ("cycle_time", ["Cycle time (s)", "Thời gian chu kỳ (giây)", "사이클 타임 (초)"]),
    ("ideal", ["Ideal", "Chuẩn", "이론"]),
    ("mean", ["Mean", "Trung bình", "평균"]),
    ("median", ["Median", "Trung vị", "중앙값"]),
    ("resolution", ["poll / ideal", "chu kỳ đọc / chuẩn", "수집 주기/이론"]),
    ("extra", ["Running outside the schedule", "Chạy ngoài lịch", "일정 외 가동"]),
    ("extra_break", ["through a break", "qua giờ nghỉ", "휴식 중"]),
    ("extra_off_shift", ["outside shifts", "ngoài ca", "근무 외"]),
    ("extra_no_order", ["without an order", "không có lệnh", "지시 없이"]),
    ("extra_planned_stop", ["through a planned stop", "trong lúc dừng kế hoạch", "계획정지 중"]),
    ("recoded", ["Planned stop declared late", "Khai báo kế hoạch muộn", "사후 계획정지 신고"]),
    ("energy", ["Energy", "Điện năng", "전력량"]),
    ("wh_per_good", ["Wh per good piece", "Wh mỗi sản phẩm đạt", "양품 1개당 Wh"]),
    ("energy_share", ["share of a common meter by run time", "phần của công tơ chung, chia theo giờ chạy",
        "공용 계량기 몫, 가동 시간 비례"]),
    ("manual", ["Manual entry", "Nhập tay", "수기 입력"]),
    ("manual_time", ["Time", "Thời gian", "시간"]),
    ("manual_reject", ["Rejects and rework", "NG và hàng sửa", "불량·재작업"]),
    ("counters", ["Counters", "Bộ đếm", "카운터"]),
    ("held", ["Waiting for confirmation", "Chờ xác nhận", "확인 대기"]),
    ("held_decided", ["Held and decided", "Đã giữ và xử lý", "보류 후 처리"]),
    ("roll_over", ["Roll-overs", "Quay vòng", "롤오버"]),
    ("reset", ["Resets", "Đặt lại", "리셋"]),
    ("headcount", ["Headcount", "Số người trong ca", "투입 인원"]),
    ("man_hours", ["man hours", "giờ công", "인시"]),
    ("upph", ["UPPH", "UPPH", "UPPH"]),
    ("revisions", ["Corrected since", "Số liệu đã sửa", "수정된 데이터"]),
    ("minutes_corrected", ["minutes (tallies of revision above 0)", "phút (số liệu có lần sửa trên 0)", "분 (수정 회차 0 초과)"]),
    ("not_final", ["not final yet", "chưa chốt số liệu", "미확정"]),
    ("recomputing", ["past being worked out again", "đang tính lại số liệu cũ", "과거 데이터 재계산 중"]),
    ("no_data", ["No data in this time", "Không có số liệu trong thời gian này", "이 기간의 데이터 없음"]),
    ("silent", ["Machines without data", "Máy không có số liệu", "데이터 없는 설비"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::state::Class;

    #[test]
    fn no_language_lacks_a_word_and_no_name_stands_twice() {
        for (name, texts) in TABLE {
            assert!(texts.iter().all(|text| !text.trim().is_empty()), "{name}");
            assert_eq!(TABLE.iter().filter(|(other, _)| other == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn every_word_the_reports_ask_for_is_in_the_table() {
        let sources = [
            include_str!("text.rs"),
            include_str!("text/losses.rs"),
            include_str!("text/made.rs"),
            include_str!("text/head.rs"),
            include_str!("figures.rs"),
            include_str!("../oee/cascade.rs"),
        ];
        let mut asked: Vec<&str> = Class::ALL.map(Class::name).to_vec();
        for source in sources {
            // What stands between quotes and looks like a name is one.
            let quoted = source.split('"').skip(1).step_by(2);
            asked.extend(quoted.filter(|text| text.len() > 1 && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'_'))));
        }
        assert!(asked.len() > 100, "{asked:?}");
        let is_lacking = |name: &&&str| !TABLE.iter().any(|(key, _)| key == *name);
        let lacking: Vec<_> = asked.iter().filter(is_lacking).collect();
        assert!(lacking.is_empty(), "{lacking:?}");
    }
}
