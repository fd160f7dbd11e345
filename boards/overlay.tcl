# An engine of Pulsetrain beside the processor of a Zynq. Run in this folder:
#     vivado -mode batch -source $design.tcl
# makes $design.bit and $design.hwh, which PYNQ loads, and the reports of utilisation and timing.

create_project -force $design vivado -part $device
if {[llength [get_board_parts -quiet $preset]]} {
    set_property board_part $preset [current_project]
    set preset 1
} else {
    puts "Vivado does not know the board $preset: the processor keeps its default settings, and\
          those that PYNQ's image has made for the memory remain."
    set preset 0
}
add_files {$sources}
update_compile_order -fileset sources_1

create_bd_design system
set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:processing_system7 ps]
apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 -config [list \
    make_external "FIXED_IO, DDR" apply_board_preset $${preset} Master Disable Slave Disable] $${ps}
set_property -dict [list CONFIG.PCW_USE_M_AXI_GP0 1 CONFIG.PCW_USE_S_AXI_HP0 1 \
    CONFIG.PCW_USE_FABRIC_INTERRUPT 1 CONFIG.PCW_IRQ_F2P_INTR 1 \
    CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ $clock] $${ps}

# The engine, and a GPIO of one bit with which a program resets it.
create_bd_cell -type module -reference $batch $engine
set_property -dict [list CONFIG.C_GPIO_WIDTH 1 CONFIG.C_ALL_OUTPUTS 1 \
    CONFIG.C_DOUT_DEFAULT 0x00000001] \
    [create_bd_cell -type ip -vlnv xilinx.com:ip:axi_gpio $reset]
create_bd_cell -type ip -vlnv xilinx.com:ip:proc_sys_reset resets
set_property -dict [list CONFIG.C_SIZE 1 CONFIG.C_OPERATION and] \
    [create_bd_cell -type ip -vlnv xilinx.com:ip:util_vector_logic engine_reset]

# Words of 32 bits to the engine, of 64 bits from it; transfers of up to 8 MiB.
set_property -dict [list CONFIG.c_include_sg 0 CONFIG.c_sg_length_width 23 \
    CONFIG.c_m_axi_mm2s_data_width 32 CONFIG.c_m_axis_mm2s_tdata_width 32 \
    CONFIG.c_m_axi_s2mm_data_width 64] \
    [create_bd_cell -type ip -vlnv xilinx.com:ip:axi_dma $dma]

# The processor's port for registers, and that of its memory.
set_property -dict [list CONFIG.NUM_SI 1 CONFIG.NUM_MI 4] \
    [create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect registers]
set_property -dict [list CONFIG.NUM_SI 2 CONFIG.NUM_MI 1] \
    [create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect memory]
create_bd_cell -type ip -vlnv xilinx.com:ip:axi_intc interrupts
set_property CONFIG.C_IRQ_CONNECTION 1 [get_bd_cells interrupts]
set_property CONFIG.NUM_PORTS 3 [create_bd_cell -type ip -vlnv xilinx.com:ip:xlconcat irqs]

foreach {from to} {
    ps/M_AXI_GP0         registers/S00_AXI
    registers/M00_AXI    $engine/s_axi
    registers/M01_AXI    $dma/S_AXI_LITE
    registers/M02_AXI    $reset/S_AXI
    registers/M03_AXI    interrupts/s_axi
    $dma/M_AXI_MM2S      memory/S00_AXI
    $dma/M_AXI_S2MM      memory/S01_AXI
    memory/M00_AXI       ps/S_AXI_HP0
    $dma/M_AXIS_MM2S     $engine/s_axis
    $engine/m_axis       $dma/S_AXIS_S2MM
} {
    connect_bd_intf_net [get_bd_intf_pins $${from}] [get_bd_intf_pins $${to}]
}
foreach {from to} {
    ps/FCLK_CLK0 {
        ps/M_AXI_GP0_ACLK ps/S_AXI_HP0_ACLK registers/aclk memory/aclk resets/slowest_sync_clk
        $engine/aclk $reset/s_axi_aclk interrupts/s_axi_aclk
        $dma/s_axi_lite_aclk $dma/m_axi_mm2s_aclk $dma/m_axi_s2mm_aclk
    }
    ps/FCLK_RESET0_N {resets/ext_reset_in}
    resets/peripheral_aresetn {
        registers/aresetn memory/aresetn $reset/s_axi_aresetn interrupts/s_axi_aresetn
        $dma/axi_resetn engine_reset/Op1
    }
    $reset/gpio_io_o    {engine_reset/Op2}
    engine_reset/Res    {$engine/aresetn}
    $engine/irq         {irqs/In0}
    $dma/mm2s_introut   {irqs/In1}
    $dma/s2mm_introut   {irqs/In2}
    irqs/dout           {interrupts/intr}
    interrupts/irq      {ps/IRQ_F2P}
} {
    foreach pin $${to} {
        connect_bd_net [get_bd_pins $${from}] [get_bd_pins $${pin}]
    }
}
assign_bd_address
validate_bd_design
save_bd_design

set wrapper [make_wrapper -top [get_files system.bd]]
add_files -norecurse $${wrapper}
set_property top system_wrapper [current_fileset]
launch_runs impl_1 -to_step write_bitstream -jobs 4
wait_on_run impl_1
if {[get_property PROGRESS [get_runs impl_1]] ne "100%"} {
    error "the implementation has failed: see vivado/$design.runs"
}
open_run impl_1
report_utilization -file ${design}_utilization_place.rpt
report_timing_summary -max_paths 10 -file ${design}_timing.rpt
file copy -force [get_property DIRECTORY [get_runs impl_1]]/system_wrapper.bit $design.bit
file copy -force [lindex [glob vivado/$design.gen/sources_1/bd/system/hw_handoff/*.hwh] 0] $design.hwh
