//! How common a short piece of text is in source code.
//!
//! The prefilter looks for one window of each literal; the rarer that window is in ordinary text, the
//! less often the second level is entered in vain. This is the only use: a wrong estimate costs time,
//! never a hit.
//!
//! The estimate is a Markov chain over the bigram counts of about 60 MB of Rust, Python, C and HTML, on
//! bytes folded with `| 0x20` and reduced to 64 classes. The chain knows only pairs and calls the inside of
//! `performance` rare, so what it underestimates at least threefold stands in `common.txt`, counted in 80 MB of Rust,
//! Python, JavaScript, Perl, C and HTML, and a list of words has what is common in other code.

use std::collections::{HashMap, HashSet};

/// Class of a byte: letters of both cases share one, non-ASCII bytes share with ASCII ones.
fn class(b: u8) -> usize {
    usize::from((b & 31) | ((b & 64) >> 1))
}

/// Twice the negative binary logarithm of the frequency of the pair (row, column), as `#` + value.
const PAIRS: [&[u8; 64]; 64] = [
    br")>66==945;4;D7;556789::<<<<E63>A8352454752>;55544>4225669<<596@5",
    br"<EDKGDGA9H@GH?FGGIMIJJNHKGKKA?HIFHBFDHHJJEQNHGJIGMDDHJILLOQ>GJNG",
    br"7H8=CCI?B9:F8C;@@ADEHIFJGG=@?G6HD;=<>><A==E<=;<?:E=:;@A@BFE??@GA",
    br"7BC<JIKAGEAJHGIKG<>?@@?AABGIGHLIKAFE7=DIH<OJF@GHAOFD@EGJJMI8HGRB",
    br"DNFLIJIAAHILKKFHGHJKLJKKIJJMHJKJJCFBHFEIIDMFDEDHGRHEAGFJILRCIHPL",
    br"?LHKKHJAEKGKKIIK?L@>KAHBJKLOFJMLMJIGEGHJGGMIHFNMHMC?LNPOGIKJKKMI",
    br">IF@IL?>EEDLFLJMGHGJKJLLNKMLKHIKM>BBEED<GCLG=<CDCID<CIEIGKI=IKOE",
    br":G@AGAF?@88E6B@CDEFDHHIHGG=D?EBG=;<<=>>??=>A?<>>;C>;<?>?@CBA9>D?",
    br"BB:D@D:8;6:JICDG;=@ACCEEDFCJ?IK@D:;8;<:=?:E?==<:;F;6:<<@<DC@>NJ;",
    br"5L?LHDG?=55C6C9>ADFHHJJJIJ95@DA=@DDBDEFDIBJGEED=DKCBDCDIDLTA?9G>",
    br"/IA5FII@B93IAAB6GEFGEGKLIKFB8GCEC=>;<=<?C9JA?=;>5K?;<=>A=GH?C9K=",
    br"<MENEAN@CBC<ICIGBDFHJJKLKILJH@LJJBFEHGEIHFLKEEGIHOHEGGIKGLOIDGRG",
    br"1JDINHK>G@3AJEJKE??ABAGIIIKJDKKLLGGEFEEKHGIGEDFDGQKEGMJNKJPJFFTK",
    br";AEJJD@AGH=CK6@KA:;<<@=A>?KMFC8II>==?>=B>=EC=?9?>H><<AA?FHAG?EKI",
    br"8M>CHHM@FA7HDE9;;;<:<;;;<<HM?CGIG;=9<<<<9:>A<<><:E;9;<><DFFFAAP:",
    br"5=BFFHK@HH6GCC?3FAAGGHJJHGKGDC@DF7?;<A=@=>HD=?@?<J>7<AE?CLKHFIJH",
    br"8I?IIHH?E<=G9<;@7;9<=>>==8><>HEJE>@?@@@JDIKGCGLDHMNBJBGJ7LCFC>L>",
    br":H?EHHH@C=>H:?:E998;:;9;;;==?HBJFB=??@@HLHLLCHMJHJIEGAFKLOEGD?T8",
    br"6H=IJBC@A<?H9>9E99;<;:<<:==<>H@IDAC??DAJ@AMJEGGFBJGBEBEGFMEGD@I<",
    br":DBJIGK@F@AI;=;H<=6<=<<=<=?>?KAKHCC>B?ANHHOKBJHOINFDIDGMIMFIDAY<",
    br"9K@KKFI@B?@K:=;G<==<<<>=;=>=?KAKGAC?CBDKBHKECGGNINGAJBBGGMCHDAV>",
    br":MCLJKJ@IAAJ;=;H8;==><;>>>@>?LELIDBABDDLNLMHFJOKGPNEIEILMNEJDCYC",
    br":CAKJFI@@@AI<=<I<<=>8>>==>?=?KFJHAD>EDCIBCSLEHKKIIMDEBIHJOFJEAY=",
    br";OBOPIKAJCBN=?<J>?>>=>>>>>@?@NHNLDBACDBNOLVQDOQPKRRMOHYPPPHQECY@",
    br":GAFGDF@A>@F;>;C:>>>=>=>>>?<?IBHGCCACCCMAAJECGLOGNL@LFHIGRCKE@T?",
    br";HAGGJH@FABH=?=F>>=>?>=??>@?@JHIJCDBDDDMKLNMDKJMHNJAFGAPOLEMEBY9",
    br"3ICFFFD@GE7GJEH<BDFEFGIKIJ4I>BKCC>>:>=<AA;FE@=<><G<<<@@AFGG?BBJ@",
    br":KBIIB@?CA3IEBJIIIIKJKKKKKDH>FLKGGHGIEGQICQOJCJKIPHDBBGOKOSGGGYL",
    br">?FKDIB=@IGKFHK5HFGGGGGHGHHL?AFIM7@<<CBF>@HB>ACA=IC8=?BFHLIBGJQ?",
    br"3H59FDC>DGBDHDIDD<>?@AAAABIHD:;FJFFEEF?JHEMKEH@GFMDBBHGJNLNDAFMF",
    br"6G?@CF=@<=8F<F@=@<>?@AAAAA?A6A=EC@>@CA>DD>KG@ABA?L@<?>FBEILBDAKF",
    br"AFDIEGG?FCCHCFDBGDGHEHHIGGA>DFKGINLDNKNIKGRQNJNOFJMCMOOQKOTFDCOR",
    br":HCFDFCCEB<H@D>EEFFHIHIJ?CDFFIJI;@A@BA?CCAJGCBAB>K?>ACDEGJEDE=IE",
    br"5G@FHCF@@>?@<8>BAA@?CBCCBA=ACD7ED>756?:7A7B;353C6B3329::;9BDCCN8",
    br"5E>IECD=>>BF>D=DB@AAAC<ABB@DEFDHE8@<?7ACF6:B7BC8?E:;>7DFG8EFCCV<",
    br"9>>BKCE@=;@D<==>>>?@ACBCCC;A?ADKC5=:>5:A59H659@2<A7949>CA=IFCBT7",
    br"4C=KICD>9;;C:>:AC@@BBBBCAD9>?8?H@6<>92=9@5CB;?@8>D99;:?A>=HCA?Q6",
    br"1@9BHDC;678D7:7=A@@>BD@DCC6<<;:F>5944749?;C=462=78132>8959C@?;M5",
    br"5D?HIJG@<;=I:@7GA?AACD@B?B<C?7ALC8A><78;E4LG7=85?F8:;8DCF=JDB@T9",
    br"7D<MKDG@;=>H;?<=HCDFFIIMJK<@BC?JC<B?C4C<:9JF7>8<?G99:;BEFCFEECR8",
    br"7G?JMLH@<>>I=A=DH@@>?BBMIH=CCC@GC5@C@3AEF7ND>>B7DH7=7=FAI@EFFCY9",
    br";GCKPMHBA=BG?D@BJ@@>HIAMAL@DHG>IH8855756G?E?66046A843A7F;L7KGCY;",
    br"CMIJLLLDECGHBHDJFIFFMILKHEEJFDDEMAGII:HKMBMEKHK?GLK>I@KGPIOKNHYC",
    br":E@LKFF@<:?C<=?EFEECIJHMCJ>BDFGIE>@=A6CAE:KHAB?BBHC=@?F<JEDFGDT6",
    br"6C:>GED?;<=F<==@HCAACEDD;G<A>>@IC3=>835==4IA6?>5=E?777=>E9DBCCY5",
    br"8F?JHFF==>@K>@>=E>?BB@CGGG=BBGBJE4:>;3?CE7JB99?85EA9<8EDGAJGEEQ9",
    br"3?<LMCC:9;;D;=;AK:BDJLDGJI:@>A8IA5>54384A6F;8?:5;D>337:>F<CBB@O6",
    br"6G?LLIHA=@?I@@?DEGEIJKIICH=CBFGGF;965>7:D8A875185G2566:8=CEFDFQ8",
    br":E@JNLF?;=AJ=B=D@?CFFIAFDK<=AA<=C3@>>3=@<8M;6??67C5964=AE9HDEES7",
    br"A<GMNMLEC?GN?IELHGGIMJLNLNCGFKIMHBFCEBFEKDLL=DGFGDCCF9IJMJJKLLY>",
    br"4D9DNEC;89<G:<:@EABDFIGJHK9>=A>H@4=891;8@4K<:864;D6657;>@7ICA?O6",
    br"3A;HLHH=:9:C9<7;G=AACEB@CE7>?6?F@8@8?2>=74F66<775=:317<>B9@>A@O6",
    br"1=;KMEA<79:D8;8>@>A@EH@HDJ89<?8G?3>8:2:C23I@89=49F3666@=:4@@@=S4",
    br"=OCQRJHCHDDEDDEL==>7FG=H;HCHHNHNK;48;7:;G8MH675?8I555DEH>KG<KJY<",
    br"<LDQQMMAB@ESACAHB@@@?G?HBD@FGK=NI6D?C5?=E9K>?>A:?ICB@GIF@EHDHIY<",
    br"<H=JHIIC;ACFA@>FHEFAIHIJJJ@EDHGIG9@C@9CF97IGAC<;BF:>BAG>GIJGFHS;",
    br":JAPSHG@><AG<@?D:<=??8@B=@=AB@FLD;A;?;=D@=KC?=BA:EC@8DEF@AJFCBJ:",
    br"6D@LJGF@;==I;@=CJFFIORPRKR<ABC>JC@@@C>??E>JH<=<=5F>9:DD?JFEFDCP7",
    br"DP@SLYODEEHRFLGLHMI>MRMONTDMQMPSI@IGC7HKG@QNF?I?IKGFHJLHJEEMJEV@",
    br"<F@KEHG>BI6FFABI>=BDEFFHEFAHEFJH=>A;<A@FE<ICBA?CAL=>>>EEFKLCB<BA",
    br";J@IHHE@CF;HKFBHBIILQQNRQTJMGEHHID@BADDGHCMIEE;FAMB@C9FB=MJB=CGD",
    br":J>MHNG<A:5B;C?GRSYSVYTYRV?;CIAEBILLNJLOOMQQMLORMSMJMRQQORK@AANJ",
    br"ELFLMLNFEKENMJLILLKKNQORLYLOLILMJHLJKLLOPGRQMJLNNSLIDLOKNTTHDJ=L",
    br">MDCOLJB>?AM>GCK><==??>D@ECGFNAKH6657679:6B;76776?74578;;B@FDDL5",
];

/// Words so common in code that their inside must not be chosen, though its pairs are not remarkable.
const WORDS: &[&str] = &[
    "self", "test", "type", "name", "class", "const", "token", "check", "open", "http", "value",
    "string", "return", "define", "function", "public", "which", "this", "that", "with", "from",
    "None", "true", "false", "struct", "import", "default", "version", "license", "error",
    "result", "option", "object", "index", "number", "size", "file", "path", "data", "code",
    "time", "state", "client", "server", "system", "service", "project", "account", "private",
    "access", "auth", "live", "key_", "key-", "api_", "api-", "0000", "1111", "----", "====",
    "____", "    ", "....", "****", "////", "link", "live", "node", "cloud", "github", "html",
    "apple", "user", "list", "text", "copy", "match", "target", "create", "mongo", "redis", "word",
    "pass", "docker", "google", "begin", "bearer", "basic",
];

/// Pieces of four bytes, folded, that the chain underestimates: a line for each rarity, in half bits, in which the
/// pieces stand one after the other. `_`, which folding makes another byte, is written as itself.
const MEASURED: &str = include_str!("common.txt");

/// Rough `-2 log2` frequencies of three or four bytes in source text; higher is rarer.
pub(super) struct Rank {
    single: [f32; 64],
    common: HashSet<u32>,
    measured: HashMap<u32, f32>,
}

impl Rank {
    pub(super) fn new() -> Self {
        let single = PAIRS.map(|row| {
            let sum: f32 = row.iter().map(|&q| (-0.5 * value(q)).exp2()).sum();
            -2.0 * sum.log2()
        });
        let words = WORDS.iter().map(|w| w.as_bytes());
        let common = words
            .flat_map(|w| w.windows(3).chain(w.windows(4)))
            .map(folded)
            .collect();
        let mut measured = HashMap::new();
        for line in MEASURED.lines() {
            let (rarity, pieces) = line.split_once(':').unwrap_or_default();
            let rarity = rarity.parse().unwrap_or(COMMON);
            let (pieces, _) = pieces.as_bytes().as_chunks::<4>();
            measured.extend(pieces.iter().map(|piece| (folded(piece), rarity)));
        }
        Self {
            single,
            common,
            measured,
        }
    }

    /// The rarity of `window`, which is 3 or 4 bytes long, in half bits.
    pub(super) fn rarity(&self, window: &[u8]) -> f32 {
        let inner = &window[1..window.len() - 1];
        let pairs: f32 = window
            .windows(2)
            .map(|w| value(PAIRS[class(w[0])][class(w[1])]))
            .sum();
        let chain = pairs - inner.iter().map(|&b| self.single[class(b)]).sum::<f32>();
        let key = folded(window);
        let known = if self.common.contains(&key) {
            COMMON
        } else {
            chain
        };
        let measured = self.measured.get(&key).copied().unwrap_or(chain);
        chain.min(known).min(measured)
    }
}

/// The rarity of what is inside a common word: about 240 in a million places.
const COMMON: f32 = 24.0;

fn folded(window: &[u8]) -> u32 {
    window
        .iter()
        .fold(0, |key, &b| key << 8 | u32::from(b | 0x20))
}

fn value(q: u8) -> f32 {
    f32::from(q - b'#')
}
