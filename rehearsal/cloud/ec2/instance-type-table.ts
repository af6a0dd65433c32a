/**
 * Real instance types, one a line: name | vCPUs cores | MiB | architectures | interfaces x IPv4 addresses each |
 * EBS attachments (s shared with interfaces, d dedicated) | EBS baseline Mbps/IOPS, maximum Mbps/IOPS | instance store | flags | network.
 *
 * Flags: n Nitro, p also paravirtual, e ENA required, E ENA possible, v EBS as NVMe, V EBS as NVMe possible, w instance store as NVMe,
 * B burstable, k encryption in transit, T NitroTPM, c enclaves, h hibernation, a auto recovery, H dedicated hosts, C cluster placement,
 * l legacy BIOS, u UEFI, r reboot migration, 6 IPv6, i instance-store root, g current generation, O EBS-optimised, o EBS-optimised possible,
 * b bandwidth weighting.
 *
 * Source: what DescribeInstanceTypes answered to the moto project (github.com/getmoto/moto, Apache-2.0, file
 * moto/ec2/resources/instance_types.json of 2026-08-22); sizes above 4xlarge and rarer families are left out.
 */
export const instanceTypeTable = `
t1.micro | 1 1 | 627 | i386+x86_64 | 2x2 | s39 | - | - | palr | Very Low
t2.nano | 1 1 | 512 | i386+x86_64 | 2x2 | s40 | - | - | Bhalr6g | Low to Moderate
t2.micro | 1 1 | 1024 | i386+x86_64 | 2x2 | s40 | - | - | Bhalr6g | Low to Moderate
t2.small | 1 1 | 2048 | i386+x86_64 | 3x4 | s40 | - | - | Bhalr6g | Low to Moderate
t2.medium | 2 2 | 4096 | i386+x86_64 | 3x6 | s40 | - | - | Bhalr6g | Low to Moderate
t2.large | 2 2 | 8192 | x86_64 | 3x12 | s40 | - | - | Bhalr6g | Low to Moderate
t2.xlarge | 4 4 | 16384 | x86_64 | 3x15 | s40 | - | - | Bhalr6g | Moderate
t2.2xlarge | 8 8 | 32768 | x86_64 | 3x15 | s40 | - | - | Bhalr6g | Moderate
t3.nano | 2 1 | 512 | x86_64 | 2x2 | s27 | 43/250/2085/11800 | - | nevBThaHlur6gO | Up to 5 Gigabit
t3.micro | 2 1 | 1024 | x86_64 | 2x2 | s27 | 87/500/2085/11800 | - | nevBThaHlur6gO | Up to 5 Gigabit
t3.small | 2 1 | 2048 | x86_64 | 3x4 | s27 | 174/1000/2085/11800 | - | nevBThaHlur6gO | Up to 5 Gigabit
t3.medium | 2 1 | 4096 | x86_64 | 3x6 | s27 | 347/2000/2085/11800 | - | nevBThaHlur6gO | Up to 5 Gigabit
t3.large | 2 1 | 8192 | x86_64 | 3x12 | s27 | 695/4000/2780/15700 | - | nevBThaHlur6gO | Up to 5 Gigabit
t3.xlarge | 4 2 | 16384 | x86_64 | 4x15 | s27 | 695/4000/2780/15700 | - | nevBThaHlur6gO | Up to 5 Gigabit
t3.2xlarge | 8 4 | 32768 | x86_64 | 4x15 | s27 | 695/4000/2780/15700 | - | nevBThaHlur6gO | Up to 5 Gigabit
t3a.nano | 2 1 | 512 | x86_64 | 2x2 | s27 | 45/250/2085/11800 | - | nevBThalur6gO | Up to 5 Gigabit
t3a.micro | 2 1 | 1024 | x86_64 | 2x2 | s27 | 90/500/2085/11800 | - | nevBThalur6gO | Up to 5 Gigabit
t3a.small | 2 1 | 2048 | x86_64 | 2x4 | s27 | 175/1000/2085/11800 | - | nevBThalur6gO | Up to 5 Gigabit
t3a.medium | 2 1 | 4096 | x86_64 | 3x6 | s27 | 350/2000/2085/11800 | - | nevBThalur6gO | Up to 5 Gigabit
t3a.large | 2 1 | 8192 | x86_64 | 3x12 | s27 | 695/4000/2780/15700 | - | nevBThalur6gO | Up to 5 Gigabit
t3a.xlarge | 4 2 | 16384 | x86_64 | 4x15 | s27 | 695/4000/2780/15700 | - | nevBThalur6gO | Up to 5 Gigabit
t3a.2xlarge | 8 4 | 32768 | x86_64 | 4x15 | s27 | 695/4000/2780/15700 | - | nevBThalur6gO | Up to 5 Gigabit
t4g.nano | 2 2 | 512 | arm64 | 2x2 | s27 | 43/250/2085/11800 | - | nevBThaur6gO | Up to 5 Gigabit
t4g.micro | 2 2 | 1024 | arm64 | 2x2 | s27 | 87/500/2085/11800 | - | nevBThaur6gO | Up to 5 Gigabit
t4g.small | 2 2 | 2048 | arm64 | 3x4 | s27 | 174/1000/2085/11800 | - | nevBThaur6gO | Up to 5 Gigabit
t4g.medium | 2 2 | 4096 | arm64 | 3x6 | s27 | 347/2000/2085/11800 | - | nevBThaur6gO | Up to 5 Gigabit
t4g.large | 2 2 | 8192 | arm64 | 3x12 | s27 | 695/4000/2780/15700 | - | nevBThaur6gO | Up to 5 Gigabit
t4g.xlarge | 4 4 | 16384 | arm64 | 4x15 | s27 | 695/4000/2780/15700 | - | nevBThaur6gO | Up to 5 Gigabit
t4g.2xlarge | 8 8 | 32768 | arm64 | 4x15 | s27 | 695/4000/2780/15700 | - | nevBThaur6gO | Up to 5 Gigabit
m1.small | 1 1 | 1740 | i386+x86_64 | 2x4 | s39 | - | 1x160hdd | pli | Low
m1.medium | 1 1 | 3788 | i386+x86_64 | 2x6 | s39 | - | 1x410hdd | pli | Moderate
m1.large | 2 2 | 7680 | x86_64 | 3x10 | s39 | 500/4000/500/4000 | 2x420hdd | plio | Moderate
m1.xlarge | 4 4 | 15360 | x86_64 | 4x15 | s39 | 1000/8000/1000/8000 | 4x420hdd | plio | High
m2.xlarge | 2 2 | 17510 | x86_64 | 4x15 | s39 | - | 1x420hdd | pli | Moderate
m2.2xlarge | 4 4 | 35020 | x86_64 | 4x30 | s39 | 500/4000/500/4000 | 1x850hdd | plio | Moderate
m2.4xlarge | 8 8 | 70041 | x86_64 | 8x30 | s39 | 1000/8000/1000/8000 | 2x840hdd | plio | High
m3.medium | 1 1 | 3840 | x86_64 | 2x6 | s39 | - | 1x4ssd | phaHli | Moderate
m3.large | 2 1 | 7680 | x86_64 | 3x10 | s39 | - | 1x32ssd | phaHli | Moderate
m3.xlarge | 4 2 | 15360 | x86_64 | 4x15 | s39 | 500/4000/500/4000 | 2x40ssd | phaHlio | High
m3.2xlarge | 8 4 | 30720 | x86_64 | 4x30 | s39 | 1000/8000/1000/8000 | 2x80ssd | phaHlio | High
m4.large | 2 1 | 8192 | x86_64 | 2x10 | s40 | 450/3600/450/3600 | - | haHClr6O | Moderate
m4.xlarge | 4 2 | 16384 | x86_64 | 4x15 | s40 | 750/6000/750/6000 | - | haHClr6O | High
m4.2xlarge | 8 4 | 32768 | x86_64 | 4x15 | s40 | 1000/8000/1000/8000 | - | haHClr6O | High
m4.4xlarge | 16 8 | 65536 | x86_64 | 8x30 | s40 | 2000/16000/2000/16000 | - | haHClr6O | High
m5.large | 2 1 | 8192 | x86_64 | 3x10 | s27 | 650/3600/4750/18750 | - | nevThaHClur6O | Up to 10 Gigabit
m5.xlarge | 4 2 | 16384 | x86_64 | 4x15 | s27 | 1150/6000/4750/18750 | - | nevTchaHClur6O | Up to 10 Gigabit
m5.2xlarge | 8 4 | 32768 | x86_64 | 4x15 | s27 | 2300/12000/4750/18750 | - | nevTchaHClur6O | Up to 10 Gigabit
m5.4xlarge | 16 8 | 65536 | x86_64 | 8x30 | s27 | 4750/18750/4750/18750 | - | nevTchaHClur6O | Up to 10 Gigabit
m5a.large | 2 1 | 8192 | x86_64 | 3x10 | s27 | 650/3600/2880/16000 | - | nevThaClur6gO | Up to 10 Gigabit
m5a.xlarge | 4 2 | 16384 | x86_64 | 4x15 | s27 | 1085/6000/2880/16000 | - | nevTchaClur6gO | Up to 10 Gigabit
m5a.2xlarge | 8 4 | 32768 | x86_64 | 4x15 | s27 | 1580/8333/2880/16000 | - | nevTchaClur6gO | Up to 10 Gigabit
m5a.4xlarge | 16 8 | 65536 | x86_64 | 8x30 | s27 | 2880/16000/2880/16000 | - | nevTchaClur6gO | Up to 10 Gigabit
m5d.large | 2 1 | 8192 | x86_64 | 3x10 | s26 | 650/3600/4750/18750 | 1x75ssd | nevwThHClu6gO | Up to 10 Gigabit
m5d.xlarge | 4 2 | 16384 | x86_64 | 4x15 | s26 | 1150/6000/4750/18750 | 1x150ssd | nevwTchHClu6gO | Up to 10 Gigabit
m5d.2xlarge | 8 4 | 32768 | x86_64 | 4x15 | s26 | 2300/12000/4750/18750 | 1x300ssd | nevwTchHClu6gO | Up to 10 Gigabit
m5d.4xlarge | 16 8 | 65536 | x86_64 | 8x30 | s25 | 4750/18750/4750/18750 | 2x300ssd | nevwTchHClu6gO | Up to 10 Gigabit
m5n.large | 2 1 | 8192 | x86_64 | 3x10 | s27 | 650/3600/4750/18750 | - | nevkTaHClur6gO | Up to 25 Gigabit
m5n.xlarge | 4 2 | 16384 | x86_64 | 4x15 | s27 | 1150/6000/4750/18750 | - | nevkTcaHClur6gO | Up to 25 Gigabit
m5n.2xlarge | 8 4 | 32768 | x86_64 | 4x15 | s27 | 2300/12000/4750/18750 | - | nevkTcaHClur6gO | Up to 25 Gigabit
m5n.4xlarge | 16 8 | 65536 | x86_64 | 8x30 | s27 | 4750/18750/4750/18750 | - | nevkTcaHClur6gO | Up to 25 Gigabit
m6i.large | 2 1 | 8192 | x86_64 | 3x10 | s27 | 650/3600/10000/40000 | - | nevkThaHClur6O | Up to 12.5 Gigabit
m6i.xlarge | 4 2 | 16384 | x86_64 | 4x15 | s27 | 1250/6000/10000/40000 | - | nevkTchaHClur6O | Up to 12.5 Gigabit
m6i.2xlarge | 8 4 | 32768 | x86_64 | 4x15 | s27 | 2500/12000/10000/40000 | - | nevkTchaHClur6O | Up to 12.5 Gigabit
m6i.4xlarge | 16 8 | 65536 | x86_64 | 8x30 | s27 | 5000/20000/10000/40000 | - | nevkTchaHClur6O | Up to 12.5 Gigabit
m6a.large | 2 1 | 8192 | x86_64 | 3x10 | s27 | 650/3600/10000/40000 | - | nevkThaHClur6gO | Up to 12.5 Gigabit
m6a.xlarge | 4 2 | 16384 | x86_64 | 4x15 | s27 | 1250/6000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
m6a.2xlarge | 8 4 | 32768 | x86_64 | 4x15 | s27 | 2500/12000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
m6a.4xlarge | 16 8 | 65536 | x86_64 | 8x30 | s27 | 5000/20000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
m6g.medium | 1 1 | 4096 | arm64 | 2x4 | s27 | 315/2500/4750/20000 | - | nevThaHCur6gO | Up to 10 Gigabit
m6g.large | 2 2 | 8192 | arm64 | 3x10 | s27 | 630/3600/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
m6g.xlarge | 4 4 | 16384 | arm64 | 4x15 | s27 | 1188/6000/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
m6g.2xlarge | 8 8 | 32768 | arm64 | 4x15 | s27 | 2375/12000/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
m6g.4xlarge | 16 16 | 65536 | arm64 | 8x30 | s27 | 4750/20000/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
m6gd.medium | 1 1 | 4096 | arm64 | 2x4 | s26 | 315/2500/4750/20000 | 1x59ssd | nevwThHCu6gO | Up to 10 Gigabit
m6gd.large | 2 2 | 8192 | arm64 | 3x10 | s26 | 630/3600/4750/20000 | 1x118ssd | nevwTchHCu6gO | Up to 10 Gigabit
m6gd.xlarge | 4 4 | 16384 | arm64 | 4x15 | s26 | 1188/6000/4750/20000 | 1x237ssd | nevwTchHCu6gO | Up to 10 Gigabit
m6gd.2xlarge | 8 8 | 32768 | arm64 | 4x15 | s26 | 2375/12000/4750/20000 | 1x474ssd | nevwTchHCu6gO | Up to 10 Gigabit
m6gd.4xlarge | 16 16 | 65536 | arm64 | 8x30 | s26 | 4750/20000/4750/20000 | 1x950ssd | nevwTchHCu6gO | Up to 10 Gigabit
m7i.large | 2 1 | 8192 | x86_64 | 3x10 | d32 | 650/3600/10000/40000 | - | nevkThaHClur6gO | Up to 12.5 Gigabit
m7i.xlarge | 4 2 | 16384 | x86_64 | 4x15 | d32 | 1250/6000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
m7i.2xlarge | 8 4 | 32768 | x86_64 | 4x15 | d32 | 2500/12000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
m7i.4xlarge | 16 8 | 65536 | x86_64 | 8x30 | d32 | 5000/20000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
m7g.medium | 1 1 | 4096 | arm64 | 2x4 | s27 | 315/2500/10000/40000 | - | nevkThaHCur6gO | Up to 12.5 Gigabit
m7g.large | 2 2 | 8192 | arm64 | 3x10 | s27 | 630/3600/10000/40000 | - | nevkTchaHCur6gO | Up to 12.5 Gigabit
m7g.xlarge | 4 4 | 16384 | arm64 | 4x15 | s27 | 1250/6000/10000/40000 | - | nevkTchaHCur6gO | Up to 12.5 Gigabit
m7g.2xlarge | 8 8 | 32768 | arm64 | 4x15 | s27 | 2500/12000/10000/40000 | - | nevkTchaHCur6gO | Up to 15 Gigabit
m7g.4xlarge | 16 16 | 65536 | arm64 | 8x30 | s27 | 5000/20000/10000/40000 | - | nevkTchaHCur6gO | Up to 15 Gigabit
m7a.medium | 1 1 | 4096 | x86_64 | 2x4 | d32 | 325/2500/10000/40000 | - | nevkThaHClur6gO | Up to 12.5 Gigabit
m7a.large | 2 2 | 8192 | x86_64 | 3x10 | d32 | 650/3600/10000/40000 | - | nevkThaHClur6gO | Up to 12.5 Gigabit
m7a.xlarge | 4 4 | 16384 | x86_64 | 4x15 | d32 | 1250/6000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
m7a.2xlarge | 8 8 | 32768 | x86_64 | 4x15 | d32 | 2500/12000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
m7a.4xlarge | 16 16 | 65536 | x86_64 | 8x30 | d32 | 5000/20000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
m8g.medium | 1 1 | 4096 | arm64 | 2x4 | d32 | 315/2500/10000/40000 | - | nevkThaHCur6gOb | Up to 12.5 Gigabit
m8g.large | 2 2 | 8192 | arm64 | 3x10 | d32 | 630/3600/10000/40000 | - | nevkTchaHCur6gOb | Up to 12.5 Gigabit
m8g.xlarge | 4 4 | 16384 | arm64 | 4x15 | d32 | 1250/6000/10000/40000 | - | nevkTchaHCur6gOb | Up to 12.5 Gigabit
m8g.2xlarge | 8 8 | 32768 | arm64 | 4x15 | d32 | 2500/12000/10000/40000 | - | nevkTchaHCur6gOb | Up to 15 Gigabit
m8g.4xlarge | 16 16 | 65536 | arm64 | 8x30 | d32 | 5000/20000/10000/40000 | - | nevkTchaHCur6gOb | Up to 15 Gigabit
c1.medium | 2 2 | 1740 | i386+x86_64 | 2x6 | s39 | - | 1x350hdd | pli | Moderate
c1.xlarge | 8 8 | 7168 | x86_64 | 4x15 | s39 | 1000/8000/1000/8000 | 4x420hdd | plio | High
c3.large | 2 1 | 3840 | i386+x86_64 | 3x10 | s39 | - | 2x16ssd | phaHCl6i | Moderate
c3.xlarge | 4 2 | 7680 | x86_64 | 4x15 | s39 | 500/4000/500/4000 | 2x40ssd | phaHCl6io | Moderate
c3.2xlarge | 8 4 | 15360 | x86_64 | 4x15 | s39 | 1000/8000/1000/8000 | 2x80ssd | phaHCl6io | High
c3.4xlarge | 16 8 | 30720 | x86_64 | 8x30 | s39 | 2000/16000/2000/16000 | 2x160ssd | phaHCl6io | High
c4.large | 2 1 | 3840 | x86_64 | 3x10 | s40 | 500/4000/500/4000 | - | haHClr6O | Moderate
c4.xlarge | 4 2 | 7680 | x86_64 | 4x15 | s40 | 750/6000/750/6000 | - | haHClr6O | High
c4.2xlarge | 8 4 | 15360 | x86_64 | 4x15 | s40 | 1000/8000/1000/8000 | - | haHClr6O | High
c4.4xlarge | 16 8 | 30720 | x86_64 | 8x30 | s40 | 2000/16000/2000/16000 | - | haHClr6O | High
c5.large | 2 1 | 4096 | x86_64 | 3x10 | s27 | 650/4000/4750/20000 | - | nevThaHClur6O | Up to 10 Gigabit
c5.xlarge | 4 2 | 8192 | x86_64 | 4x15 | s27 | 1150/6000/4750/20000 | - | nevTchaHClur6O | Up to 10 Gigabit
c5.2xlarge | 8 4 | 16384 | x86_64 | 4x15 | s27 | 2300/10000/4750/20000 | - | nevTchaHClur6O | Up to 10 Gigabit
c5.4xlarge | 16 8 | 32768 | x86_64 | 8x30 | s27 | 4750/20000/4750/20000 | - | nevTchaHClur6O | Up to 10 Gigabit
c5a.large | 2 1 | 4096 | x86_64 | 3x10 | s27 | 200/800/3170/13300 | - | nevkTaClur6gO | Up to 10 Gigabit
c5a.xlarge | 4 2 | 8192 | x86_64 | 4x15 | s27 | 400/1600/3170/13300 | - | nevkTcaClur6gO | Up to 10 Gigabit
c5a.2xlarge | 8 4 | 16384 | x86_64 | 4x15 | s27 | 800/3200/3170/13300 | - | nevkTcaClur6gO | Up to 10 Gigabit
c5a.4xlarge | 16 8 | 32768 | x86_64 | 8x30 | s27 | 1580/6600/3170/13300 | - | nevkTcaClur6gO | Up to 10 Gigabit
c5d.large | 2 1 | 4096 | x86_64 | 3x10 | s26 | 650/4000/4750/20000 | 1x50ssd | nevwThHClu6gO | Up to 10 Gigabit
c5d.xlarge | 4 2 | 8192 | x86_64 | 4x15 | s26 | 1150/6000/4750/20000 | 1x100ssd | nevwTchHClu6gO | Up to 10 Gigabit
c5d.2xlarge | 8 4 | 16384 | x86_64 | 4x15 | s26 | 2300/10000/4750/20000 | 1x200ssd | nevwTchHClu6gO | Up to 10 Gigabit
c5d.4xlarge | 16 8 | 32768 | x86_64 | 8x30 | s26 | 4750/20000/4750/20000 | 1x400ssd | nevwTchHClu6gO | Up to 10 Gigabit
c6i.large | 2 1 | 4096 | x86_64 | 3x10 | s27 | 650/3600/10000/40000 | - | nevkThaHClur6gO | Up to 12.5 Gigabit
c6i.xlarge | 4 2 | 8192 | x86_64 | 4x15 | s27 | 1250/6000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
c6i.2xlarge | 8 4 | 16384 | x86_64 | 4x15 | s27 | 2500/12000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
c6i.4xlarge | 16 8 | 32768 | x86_64 | 8x30 | s27 | 5000/20000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
c6g.medium | 1 1 | 2048 | arm64 | 2x4 | s27 | 315/2500/4750/20000 | - | nevThaHCur6gO | Up to 10 Gigabit
c6g.large | 2 2 | 4096 | arm64 | 3x10 | s27 | 630/3600/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
c6g.xlarge | 4 4 | 8192 | arm64 | 4x15 | s27 | 1188/6000/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
c6g.2xlarge | 8 8 | 16384 | arm64 | 4x15 | s27 | 2375/12000/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
c6g.4xlarge | 16 16 | 32768 | arm64 | 8x30 | s27 | 4750/20000/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
c7i.large | 2 1 | 4096 | x86_64 | 3x10 | d32 | 650/3600/10000/40000 | - | nevkThaHClur6gO | Up to 12.5 Gigabit
c7i.xlarge | 4 2 | 8192 | x86_64 | 4x15 | d32 | 1250/6000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
c7i.2xlarge | 8 4 | 16384 | x86_64 | 4x15 | d32 | 2500/12000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
c7i.4xlarge | 16 8 | 32768 | x86_64 | 8x30 | d32 | 5000/20000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
c7g.medium | 1 1 | 2048 | arm64 | 2x4 | s27 | 315/2500/10000/40000 | - | nevkThaHCur6gO | Up to 12.5 Gigabit
c7g.large | 2 2 | 4096 | arm64 | 3x10 | s27 | 630/3600/10000/40000 | - | nevkTchaHCur6gO | Up to 12.5 Gigabit
c7g.xlarge | 4 4 | 8192 | arm64 | 4x15 | s27 | 1250/6000/10000/40000 | - | nevkTchaHCur6gO | Up to 12.5 Gigabit
c7g.2xlarge | 8 8 | 16384 | arm64 | 4x15 | s27 | 2500/12000/10000/40000 | - | nevkTchaHCur6gO | Up to 15 Gigabit
c7g.4xlarge | 16 16 | 32768 | arm64 | 8x30 | s27 | 5000/20000/10000/40000 | - | nevkTchaHCur6gO | Up to 15 Gigabit
r3.large | 2 1 | 15360 | x86_64 | 3x10 | s39 | - | 1x32ssd | haHCl6i | Moderate
r3.xlarge | 4 2 | 31232 | x86_64 | 4x15 | s39 | 500/4000/500/4000 | 1x80ssd | haHCl6io | Moderate
r3.2xlarge | 8 4 | 62464 | x86_64 | 4x15 | s39 | 1000/8000/1000/8000 | 1x160ssd | haHCl6io | High
r3.4xlarge | 16 8 | 124928 | x86_64 | 8x30 | s39 | 2000/16000/2000/16000 | 1x320ssd | haHCl6io | High
r4.large | 2 1 | 15616 | x86_64 | 3x10 | s40 | 425/3000/425/3000 | - | EhaHClr6O | Up to 10 Gigabit
r4.xlarge | 4 2 | 31232 | x86_64 | 4x15 | s40 | 850/6000/850/6000 | - | EhaHClr6O | Up to 10 Gigabit
r4.2xlarge | 8 4 | 62464 | x86_64 | 4x15 | s40 | 1700/12000/1700/12000 | - | EhaHClr6O | Up to 10 Gigabit
r4.4xlarge | 16 8 | 124928 | x86_64 | 8x30 | s40 | 3500/18750/3500/18750 | - | EhaHClr6O | Up to 10 Gigabit
r5.large | 2 1 | 16384 | x86_64 | 3x10 | s27 | 650/3600/4750/18750 | - | nevThaHClur6O | Up to 10 Gigabit
r5.xlarge | 4 2 | 32768 | x86_64 | 4x15 | s27 | 1150/6000/4750/18750 | - | nevTchaHClur6O | Up to 10 Gigabit
r5.2xlarge | 8 4 | 65536 | x86_64 | 4x15 | s27 | 2300/12000/4750/18750 | - | nevTchaHClur6O | Up to 10 Gigabit
r5.4xlarge | 16 8 | 131072 | x86_64 | 8x30 | s27 | 4750/18750/4750/18750 | - | nevTchaHClur6O | Up to 10 Gigabit
r5a.large | 2 1 | 16384 | x86_64 | 3x10 | s27 | 650/3600/2880/16000 | - | nevThaClur6gO | Up to 10 Gigabit
r5a.xlarge | 4 2 | 32768 | x86_64 | 4x15 | s27 | 1085/6000/2880/16000 | - | nevTchaClur6gO | Up to 10 Gigabit
r5a.2xlarge | 8 4 | 65536 | x86_64 | 4x15 | s27 | 1580/8333/2880/16000 | - | nevTchaClur6gO | Up to 10 Gigabit
r5a.4xlarge | 16 8 | 131072 | x86_64 | 8x30 | s27 | 2880/16000/2880/16000 | - | nevTchaClur6gO | Up to 10 Gigabit
r5d.large | 2 1 | 16384 | x86_64 | 3x10 | s26 | 650/3600/4750/18750 | 1x75ssd | nevwThHClu6gO | Up to 10 Gigabit
r5d.xlarge | 4 2 | 32768 | x86_64 | 4x15 | s26 | 1150/6000/4750/18750 | 1x150ssd | nevwTchHClu6gO | Up to 10 Gigabit
r5d.2xlarge | 8 4 | 65536 | x86_64 | 4x15 | s26 | 2300/12000/4750/18750 | 1x300ssd | nevwTchHClu6gO | Up to 10 Gigabit
r5d.4xlarge | 16 8 | 131072 | x86_64 | 8x30 | s25 | 4750/18750/4750/18750 | 2x300ssd | nevwTchHClu6gO | Up to 10 Gigabit
r6i.large | 2 1 | 16384 | x86_64 | 3x10 | s27 | 650/3600/10000/40000 | - | nevkTaHClur6O | Up to 12.5 Gigabit
r6i.xlarge | 4 2 | 32768 | x86_64 | 4x15 | s27 | 1250/6000/10000/40000 | - | nevkTcaHClur6O | Up to 12.5 Gigabit
r6i.2xlarge | 8 4 | 65536 | x86_64 | 4x15 | s27 | 2500/12000/10000/40000 | - | nevkTcaHClur6O | Up to 12.5 Gigabit
r6i.4xlarge | 16 8 | 131072 | x86_64 | 8x30 | s27 | 5000/20000/10000/40000 | - | nevkTcaHClur6O | Up to 12.5 Gigabit
r6g.medium | 1 1 | 8192 | arm64 | 2x4 | s27 | 315/2500/4750/20000 | - | nevThaHCur6gO | Up to 10 Gigabit
r6g.large | 2 2 | 16384 | arm64 | 3x10 | s27 | 630/3600/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
r6g.xlarge | 4 4 | 32768 | arm64 | 4x15 | s27 | 1188/6000/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
r6g.2xlarge | 8 8 | 65536 | arm64 | 4x15 | s27 | 2375/12000/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
r6g.4xlarge | 16 16 | 131072 | arm64 | 8x30 | s27 | 4750/20000/4750/20000 | - | nevTchaHCur6gO | Up to 10 Gigabit
r7i.large | 2 1 | 16384 | x86_64 | 3x10 | d32 | 650/3600/10000/40000 | - | nevkThaHClur6gO | Up to 12.5 Gigabit
r7i.xlarge | 4 2 | 32768 | x86_64 | 4x15 | d32 | 1250/6000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
r7i.2xlarge | 8 4 | 65536 | x86_64 | 4x15 | d32 | 2500/12000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
r7i.4xlarge | 16 8 | 131072 | x86_64 | 8x30 | d32 | 5000/20000/10000/40000 | - | nevkTchaHClur6gO | Up to 12.5 Gigabit
r7g.medium | 1 1 | 8192 | arm64 | 2x4 | s27 | 315/2500/10000/40000 | - | nevkThaHCur6gO | Up to 12.5 Gigabit
r7g.large | 2 2 | 16384 | arm64 | 3x10 | s27 | 630/3600/10000/40000 | - | nevkTchaHCur6gO | Up to 12.5 Gigabit
r7g.xlarge | 4 4 | 32768 | arm64 | 4x15 | s27 | 1250/6000/10000/40000 | - | nevkTchaHCur6gO | Up to 12.5 Gigabit
r7g.2xlarge | 8 8 | 65536 | arm64 | 4x15 | s27 | 2500/12000/10000/40000 | - | nevkTchaHCur6gO | Up to 15 Gigabit
r7g.4xlarge | 16 16 | 131072 | arm64 | 8x30 | s27 | 5000/20000/10000/40000 | - | nevkTchaHCur6gO | Up to 15 Gigabit
i2.xlarge | 4 2 | 31232 | x86_64 | 4x15 | s40 | 500/4000/500/4000 | 1x800ssd | HCl6io | Moderate
i2.2xlarge | 8 4 | 62464 | x86_64 | 4x15 | s40 | 1000/8000/1000/8000 | 2x800ssd | HCl6io | High
i2.4xlarge | 16 8 | 124928 | x86_64 | 8x30 | s40 | 2000/16000/2000/16000 | 4x800ssd | HCl6io | High
i3.large | 2 1 | 15616 | x86_64 | 3x10 | s40 | 425/3000/425/3000 | 1x475ssd | EVwhHCl6gO | Up to 10 Gigabit
i3.xlarge | 4 2 | 31232 | x86_64 | 4x15 | s40 | 850/6000/850/6000 | 1x950ssd | EVwhHCl6gO | Up to 10 Gigabit
i3.2xlarge | 8 4 | 62464 | x86_64 | 4x15 | s40 | 1700/12000/1700/12000 | 1x1900ssd | EVwhHCl6gO | Up to 10 Gigabit
i3.4xlarge | 16 8 | 124928 | x86_64 | 8x30 | s40 | 3500/16000/3500/16000 | 2x1900ssd | EVwhHCl6gO | Up to 10 Gigabit
i3en.large | 2 1 | 16384 | x86_64 | 3x10 | s26 | 576/3000/4750/20000 | 1x1250ssd | nevwkThHClu6gO | Up to 25 Gigabit
i3en.xlarge | 4 2 | 32768 | x86_64 | 4x15 | s26 | 1153/6000/4750/20000 | 1x2500ssd | nevwkTchHClu6gO | Up to 25 Gigabit
i3en.2xlarge | 8 4 | 65536 | x86_64 | 4x15 | s25 | 2307/12000/4750/20000 | 2x2500ssd | nevwkTchHClu6gO | Up to 25 Gigabit
i4i.large | 2 1 | 16384 | x86_64 | 3x10 | s26 | 625/2500/10000/40000 | 1x468ssd | nevwkTHClu6gO | Up to 10 Gigabit
i4i.xlarge | 4 2 | 32768 | x86_64 | 4x15 | s26 | 1250/5000/10000/40000 | 1x937ssd | nevwkTcHClu6gO | Up to 10 Gigabit
i4i.2xlarge | 8 4 | 65536 | x86_64 | 4x15 | s26 | 2500/10000/10000/40000 | 1x1875ssd | nevwkTcHClu6gO | Up to 12 Gigabit
i4i.4xlarge | 16 8 | 131072 | x86_64 | 8x30 | s26 | 5000/20000/10000/40000 | 1x3750ssd | nevwkTcHClu6gO | Up to 25 Gigabit
d2.xlarge | 4 2 | 31232 | x86_64 | 4x15 | s40 | 750/6000/750/6000 | 3x2048hdd | HCl6iO | Moderate
d2.2xlarge | 8 4 | 62464 | x86_64 | 4x15 | s40 | 1000/8000/1000/8000 | 6x2048hdd | HCl6iO | High
d2.4xlarge | 16 8 | 124928 | x86_64 | 8x30 | s40 | 2000/16000/2000/16000 | 12x2048hdd | HCl6iO | High
d3.xlarge | 4 2 | 32768 | x86_64 | 4x3 | s24 | 850/5000/2800/15000 | 3x1980hdd | nevwkTcClu6gO | Up to 15 Gigabit
d3.2xlarge | 8 4 | 65536 | x86_64 | 4x5 | s21 | 1700/10000/2800/15000 | 6x1980hdd | nevwkTcClu6gO | Up to 15 Gigabit
d3.4xlarge | 16 8 | 131072 | x86_64 | 4x10 | s15 | 2800/15000/2800/15000 | 12x1980hdd | nevwkTcClu6gO | Up to 15 Gigabit
g4dn.xlarge | 4 2 | 16384 | x86_64 | 3x10 | s25 | 950/3000/3500/20000 | 1x125ssd | nevwkTcClu6gO | Up to 25 Gigabit
g4dn.2xlarge | 8 4 | 32768 | x86_64 | 3x10 | s25 | 1150/6000/3500/20000 | 1x225ssd | nevwkTcClu6gO | Up to 25 Gigabit
g4dn.4xlarge | 16 8 | 65536 | x86_64 | 3x10 | s25 | 4750/20000/4750/20000 | 1x225ssd | nevwkTcClu6gO | Up to 25 Gigabit
x1e.xlarge | 4 2 | 124928 | x86_64 | 3x10 | s40 | 500/3700/500/3700 | 1x120ssd | EaHCl6gO | Up to 10 Gigabit
x1e.2xlarge | 8 4 | 249856 | x86_64 | 4x15 | s40 | 1000/7400/1000/7400 | 1x240ssd | EaHCl6gO | Up to 10 Gigabit
x1e.4xlarge | 16 8 | 499712 | x86_64 | 4x15 | s40 | 1750/10000/1750/10000 | 1x480ssd | EaHCl6gO | Up to 10 Gigabit
z1d.large | 2 1 | 16384 | x86_64 | 3x10 | s26 | 800/3333/3170/13333 | 1x75ssd | nevwTHClu6gO | Up to 10 Gigabit
z1d.xlarge | 4 2 | 32768 | x86_64 | 4x15 | s26 | 1580/6667/3170/13333 | 1x150ssd | nevwTcHClu6gO | Up to 10 Gigabit
z1d.2xlarge | 8 4 | 65536 | x86_64 | 4x15 | s26 | 3170/13333/3170/13333 | 1x300ssd | nevwTcHClu6gO | Up to 10 Gigabit
`;
